// SPDX-License-Identifier: Apache-2.0
// Processor throughput with checkpoints in RocksDB: events are made on the fly, the time that takes
// is measured and not counted. Every answer is checked before a figure is reported.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_random.hpp"
#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "hash/hash.hpp"
#include "processing/processor.hpp"
#include "read/view_reads.hpp"
#include "record/event_wire.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/minute_cells.hpp"
#include "testing/null_log.hpp"

namespace hapax {
namespace {

constexpr std::uint64_t kBatchEvents = 100;
constexpr std::uint64_t kEventsPerSecond = 50'000;  // Of the events' own time.
constexpr std::uint64_t kRepeatEvery = 100;         // One event in so many repeats an earlier one.
constexpr std::uint64_t kUsers = 50'000;

/// CPU, of the calling thread or of the process.
std::chrono::nanoseconds cpu_time(clockid_t of) {
  timespec time{};
  clock_gettime(of, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

class SteadyClock : public Clock {
 public:
  ProcessingTime now() const override {
    return ProcessingTime(std::chrono::duration_cast<Microseconds>(
        std::chrono::system_clock::now().time_since_epoch()));
  }
  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

/// One partition of `count` events that are made when they are read.
class GeneratedLog : public NullLog {
 public:
  explicit GeneratedLog(std::uint64_t count) : NullLog(1), count_(count) {}

  std::chrono::nanoseconds making() const { return std::chrono::nanoseconds(making_ns_); }
  std::chrono::nanoseconds making_cpu() const { return std::chrono::nanoseconds(making_cpu_ns_); }

  Result<std::unique_ptr<LogReader>> read(std::span<const Receipt::End> start) override {
    return std::unique_ptr<LogReader>(new Reader(*this, start[0].end.value()));
  }
  std::vector<Offset> end_offsets() const override { return {Offset(count_)}; }
  std::vector<PartitionStart> starts() const override { return {PartitionStart{}}; }
  LogControls controls() const override {
    return {.starts = starts(), .at_start = {}, .at_end = {}};
  }

 private:
  class Reader : public LogReader {
   public:
    Reader(GeneratedLog& log, std::uint64_t at) : log_(log), at_(at) {}

    Result<std::span<const LogBatch>> poll(std::size_t bytes_max) override {
      const auto start = std::chrono::steady_clock::now();
      const auto cpu_start = cpu_time(CLOCK_THREAD_CPUTIME_ID);
      batches_.clear();
      texts_.clear();
      texts_.reserve(bytes_max / 1'000);
      for (std::size_t bytes = 0; bytes < bytes_max && at_ < log_.count_;) {
        texts_.emplace_back();
        const std::uint64_t base = at_;
        while (at_ < base + kBatchEvents && at_ < log_.count_) {
          append_event(at_++, texts_.back());
        }
        bytes += texts_.back().size();
        batches_.push_back({.partition = PartitionId(0),
                            .base_offset = Offset(base),
                            .record_count = static_cast<std::uint32_t>(at_ - base),
                            .digest_after = {},
                            .records = {}});
      }
      for (std::size_t i = 0; i < batches_.size(); ++i) {
        batches_[i].records = texts_[i];
      }
      log_.making_ns_ += (std::chrono::steady_clock::now() - start).count();
      log_.making_cpu_ns_ += (cpu_time(CLOCK_THREAD_CPUTIME_ID) - cpu_start).count();
      return std::span<const LogBatch>(batches_);
    }

   private:
    void append_event(std::uint64_t number, std::string& records) {
      const bool repeat = number % kRepeatEvery == kRepeatEvery - 1;
      // Half of the repetitions are young, half are as old as can be.
      const std::uint64_t id = !repeat              ? number
                               : number % 200 == 99 ? number - 50
                                                    : number / 3 / 100 * 100;
      message_id_ = fmt::format("{:08x}-1234-4321-abcd-{:012x}", id * 2'654'435'761U, id);
      user_ = fmt::format("user-{}", id * 7'919 % kUsers);
      name_ = fmt::format("Event {}", id % 20);
      EventView event;
      event.source = "web";
      event.message_id = message_id_;
      event.type = EventType::kTrack;
      event.name = name_;
      event.anonymous_id = user_;
      event.event_time =
          EventTime(Microseconds(static_cast<std::int64_t>(number * 1'000'000 / kEventsPerSecond)));
      event.received_at = ProcessingTime(event.event_time.time_since_epoch());
      event.original_timestamp = EventTime(Microseconds(static_cast<std::int64_t>(id)));
      event.properties = R"({"url":"https://example.org/a/b","price":12.5,"plan":"pro","n":3})";
      event.context = R"({"library":{"name":"js","version":"1.2.3"},"locale":"de-DE"})";
      record_.clear();
      encode_event(event, record_);
      append_framed(record_, records);
    }

    GeneratedLog& log_;
    std::uint64_t at_;
    std::vector<LogBatch> batches_;
    std::vector<std::string> texts_;
    std::string message_id_;
    std::string user_;
    std::string name_;
    std::string record_;
  };

  std::uint64_t count_;
  std::atomic<std::int64_t> making_ns_ = 0;
  std::atomic<std::int64_t> making_cpu_ns_ = 0;
};

std::uint64_t counted_after(ViewReads& reads, const ServedViews& served, std::uint64_t events) {
  RowQuery query = all_of(served.find("events_per_minute"));
  query.after = Receipt{NullLog::kId, {{PartitionId(0), Offset(events)}}};
  query.wait_max = std::chrono::hours(1);
  std::promise<Result<RowAnswer>> promise;
  reads.rows(query, [&](Result<RowAnswer> got) { promise.set_value(std::move(got)); });
  const MinuteCells answer = minute_cells(promise.get_future().get().value());
  std::uint64_t count = 0;
  for (const Cell& cell : answer.cells) {
    count += cell.count;
  }
  return count;
}

double resident_megabytes(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == field) {
      double kilobytes = 0;
      status >> kilobytes;
      return kilobytes / 1'024;
    }
  }
  return 0;
}

void processor_throughput(benchmark::State& state) {
  const auto events = static_cast<std::uint64_t>(state.range(0));
  char folder[] = "/tmp/hapax_processor_bench_XXXXXX";
  const std::string path = mkdtemp(folder);
  const SteadyClock clock;
  ArrivalClock arrivals(clock);
  PosixStorage storage;
  SystemRandom random;
  for (auto _ : state) {
    GeneratedLog log(events);
    TestViews views;
    auto store = RocksdbStateStore::open(path, {}).value();
    auto verdicts = VerdictLog::open({.directory = path + "-verdicts"}, storage, random).value();
    auto processor =
        Processor::open(
            {}, {log, store->owner("processor"), arrivals, *verdicts, views.catalog, views.served},
            clock)
            .value();
    ViewReads reads({}, *processor, clock);
    const auto start = std::chrono::steady_clock::now();
    const auto cpu_start = cpu_time(CLOCK_PROCESS_CPUTIME_ID);
    const std::uint64_t counted = counted_after(reads, views.served, events);
    const auto took = std::chrono::steady_clock::now() - start - log.making();
    const auto cpu = cpu_time(CLOCK_PROCESS_CPUTIME_ID) - cpu_start - log.making_cpu();
    if (counted != events - events / kRepeatEvery) {
      state.SkipWithError("wrong count");
    }
    processor->stop();
    reads.stop();
    const ProcessorStats stats = processor->stats();
    const auto per_event = [&](auto value) {
      return static_cast<double>(value) / static_cast<double>(events);
    };
    state.SetIterationTime(std::chrono::duration<double>(took).count());
    state.counters["ns_per_event"] = per_event(std::chrono::nanoseconds(took).count());
    state.counters["cpu_ns_per_event"] = per_event(cpu.count());
    state.counters["rss_mb"] = resident_megabytes("VmRSS:");
    state.counters["rss_peak_mb"] = resident_megabytes("VmHWM:");
    state.counters["checkpoints"] = static_cast<double>(stats.checkpoints);
    state.counters["filters_per_event"] = per_event(stats.dedup.filter_probes);
    state.counters["buckets"] = static_cast<double>(stats.dedup.buckets);
    state.counters["store_maybes_per_1000"] =
        1'000 * per_event(stats.dedup.false_positives + stats.dedup.found_in_store);
    state.counters["verdict_bits_per_event"] = 8 * per_event(verdicts->stats().disk_bytes);
    state.counters["disk_bytes_per_event"] = per_event(store->stats().disk_bytes);
    processor.reset();
    store.reset();
    const auto opening = std::chrono::steady_clock::now();
    store = RocksdbStateStore::open(path, {}).value();
    verdicts.reset();
    verdicts = VerdictLog::open({.directory = path + "-verdicts"}, storage, random).value();
    processor =
        Processor::open(
            {}, {log, store->owner("processor"), arrivals, *verdicts, views.catalog, views.served},
            clock)
            .value();
    state.counters["restart_ms"] =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - opening)
            .count();
  }
  std::filesystem::remove_all(path);
  std::filesystem::remove_all(path + "-verdicts");
}
BENCHMARK(processor_throughput)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Arg(40'000'000)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
