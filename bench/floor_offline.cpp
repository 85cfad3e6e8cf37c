// SPDX-License-Identifier: Apache-2.0
#include "bench/floor_offline.hpp"

#include <ctime>

#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "bench/floor_work.hpp"
#include "bench_client/batch_body.hpp"
#include "bench_client/gzip.hpp"
#include "bench_client/latency_histogram.hpp"
#include "bench_client/request_source.hpp"

namespace hapax::bench {
namespace {

using std::chrono::nanoseconds;

// What 32 connections keep in memory with batches of 100: about 1.2 MB, in a core's reach as bodies
// just received are.
constexpr std::size_t kRingEvents = 3200;

nanoseconds thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

std::vector<std::string> make_bodies(std::size_t batch, bool gzip) {
  SystemRandom random;
  MessageIds ids(random);
  GzipCompressor compressor(GzipRequests::kLevel);
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < kRingEvents / batch; ++i) {
    BatchBody body({.events = batch, .variant = i});
    const auto text = body.refresh(ids, SystemClock().now());
    auto& sent = bodies.emplace_back();
    if (gzip) {
      compressor.append(text, sent);
    } else {
      sent = text;
    }
  }
  return bodies;
}

Result<OfflineRow> measure_row(RecycledFile& file, std::size_t batch, bool gzip,
                               nanoseconds duration) {
  const auto bodies = make_bodies(batch, gzip);
  FloorWork work(file);
  std::size_t events = 0;
  std::size_t bytes = 0;
  const auto began = thread_cpu_time();
  auto spent = nanoseconds::zero();
  while (spent < duration) {
    for (const auto& body : bodies) {
      HAPAX_ASSIGN(const auto taken, work.take(body, gzip));
      events += taken;
      bytes += body.size();
    }
    spent = thread_cpu_time() - began;
  }
  if (events % kRingEvents != 0) {
    return Error{.kind = ErrorKind::kInternal, .message = "the floor lost events"};
  }
  return OfflineRow{
      .batch = batch,
      .gzip = gzip,
      .cpu_ns_per_event = static_cast<double>(spent.count()) / static_cast<double>(events),
      .body_bytes_per_event = bytes / events};
}

}  // namespace

Result<std::vector<OfflineRow>> measure_offline(const std::string& path, nanoseconds duration) {
  HAPAX_ASSIGN(auto file, RecycledFile::make(path));
  std::vector<OfflineRow> rows;
  for (const bool gzip : {false, true}) {
    for (const std::size_t batch : {1, 10, 100}) {
      HAPAX_ASSIGN(const auto row, measure_row(file, batch, gzip, duration));
      rows.push_back(row);
    }
  }
  return rows;
}

Result<std::vector<SyncRow>> measure_syncs(const std::string& path,
                                           const std::vector<std::size_t>& sizes,
                                           nanoseconds duration) {
  HAPAX_ASSIGN(auto file, RecycledFile::make(path));
  const SystemClock clock;
  std::vector<SyncRow> rows;
  for (const auto bytes : sizes) {
    const std::vector<std::byte> piece(bytes);
    LatencyHistogram latency;
    const auto end = clock.monotonic() + duration;
    while (clock.monotonic() < end) {
      const auto began = clock.monotonic();
      HAPAX_TRY(file.write_and_sync(piece));
      latency.add(clock.monotonic() - began);
    }
    rows.push_back({.bytes = bytes, .p50 = latency.quantile(0.5), .p99 = latency.quantile(0.99)});
  }
  return rows;
}

}  // namespace hapax::bench
