// SPDX-License-Identifier: Apache-2.0
// CPU of one request, from the body to the append, without the log's work.
// build/release/src/collector/decode_bench --benchmark_min_time=1
#include <benchmark/benchmark.h>
#include <libdeflate.h>

#include <memory>
#include <random>
#include <string>

#include "collector/body_decoder.hpp"
#include "collector/collector.hpp"
#include "collector/segment_decoder.hpp"
#include "record/event_wire.hpp"
#include "testing/null_log.hpp"

namespace hapax {
namespace {

constexpr int kEventCount = 100;

// The shape that analytics-node sends, about 360 bytes an event.
std::string make_batch(int events, bool is_numbered = false) {
  std::mt19937_64 random(1);
  std::string body = is_numbered ? R"({"numbering":{"device":"5f0c6f9b-e2c1","epoch":)"
                                   R"("AAECAwQFBgcICQoLDA0ODw","made":57},"batch":[)"
                                 : R"({"batch":[)";
  for (int i = 0; i < events; ++i) {
    body += i == 0 ? "" : ",";
    body += R"({"messageId":"node-next-1795473720947-)" + std::to_string(random());
    body += R"(","timestamp":"2026-11-23T22:40:37.979Z","type":"track","event":"Order Completed",)";
    body += R"("userId":"user-)" + std::to_string(random() % 10'000);
    body += R"(","properties":{"price":12.5,"currency":"EUR","items":[1,2,3],"coupon":null},)";
    body += R"("context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}},)";
    body += is_numbered ? R"("sequence":)" + std::to_string(i + 1) + "," : "";
    body += R"("integrations":{},"_metadata":{"nodeVersion":"20.20.0","jsRuntime":"node"}})";
  }
  return body + R"(],"sentAt":"2026-11-23T22:40:38.000Z","writeKey":"WK"})";
}

class FixedClock final : public Clock {
 public:
  ProcessingTime now() const override { return processing_time_from_micros(1'795'473'638'000'000); }
  std::chrono::nanoseconds monotonic() const override { return {}; }
};

class CountingRandom final : public Random {
 public:
  std::uint64_t next() override { return ++last_; }

 private:
  std::uint64_t last_ = 0;
};

void report(benchmark::State& state, std::size_t bytes, int event_count) {
  const double events = static_cast<double>(state.iterations()) * event_count;
  state.counters["per_event"] =
      benchmark::Counter(events, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

std::string gzip(std::string_view plain) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  std::string packed(plain.size() + 1024, '\0');
  packed.resize(libdeflate_gzip_compress(compressor.get(), plain.data(), plain.size(),
                                         packed.data(), packed.size()));
  return packed;
}

// As the HTTP server hands it over: with room behind the body.
IngestRequest make_request(std::string_view body) {
  IngestRequest request;
  request.path = "/v1/batch";
  request.body.reserve(body.size() + kJsonPaddingBytes);
  request.body = body;
  return request;
}

void ingest(benchmark::State& state, const std::string& body, int event_count) {
  NullLog log(8);
  FixedClock clock;
  CountingRandom random;
  ArrivalClock arrivals(clock);
  AnyName names;
  Collector collector({}, log, arrivals, random, names);
  for (auto _ : state) {
    collector.ingest(make_request(body), [&](const IngestResponse& response) {
      if (response.status != 200) {
        state.SkipWithError("not accepted");
      }
    });
  }
  if (log.records() != static_cast<std::uint64_t>(state.iterations() * event_count)) {
    state.SkipWithError("events are missing");
  }
  report(state, body.size(), event_count);
}

void ingest_plain(benchmark::State& state) {
  const int event_count = static_cast<int>(state.range(0));
  ingest(state, make_batch(event_count), event_count);
}
BENCHMARK(ingest_plain)->Arg(kEventCount)->Arg(1);

void ingest_numbered(benchmark::State& state) {
  ingest(state, make_batch(kEventCount, true), kEventCount);
}
BENCHMARK(ingest_numbered);

void ingest_gzip(benchmark::State& state) {
  const int event_count = static_cast<int>(state.range(0));
  ingest(state, gzip(make_batch(event_count)), event_count);
}
BENCHMARK(ingest_gzip)->Arg(kEventCount)->Arg(1);

void decode_batch(benchmark::State& state) {
  const std::string body = make_batch(kEventCount);
  const std::string padded = body + std::string(kJsonPaddingBytes, '\0');
  const std::string_view json = std::string_view(padded).substr(0, body.size());
  SegmentDecoder decoder;
  for (auto _ : state) {
    const auto request = decoder.decode(json, BodyForm::kBatch, kEventCount);
    if (!std::holds_alternative<const SegmentRequest*>(request)) {
      state.SkipWithError("not decoded");
    }
  }
  report(state, body.size(), kEventCount);
}
BENCHMARK(decode_batch);

EventView sample_event() {
  return {.source = "WK",
          .message_id = "node-next-1795473720947-17364912835461203",
          .type = EventType::kTrack,
          .name = "Order Completed",
          .user_id = "user-1234",
          .original_timestamp = event_time_from_micros(1'795'473'637'979'000),
          .sent_at = event_time_from_micros(1'795'473'638'000'000),
          .received_at = processing_time_from_micros(1'795'473'638'000'000),
          .event_time = event_time_from_micros(1'795'473'637'979'000),
          .properties = R"({"price":12.5,"currency":"EUR","items":[1,2,3],"coupon":null})",
          .context = R"({"library":{"name":"@segment/analytics-node","version":"3.1.0"}})"};
}

void encode_record(benchmark::State& state) {
  const EventView event = sample_event();
  std::string record;
  for (auto _ : state) {
    record.clear();
    encode_event(event, record);
    benchmark::DoNotOptimize(record.data());
  }
}
BENCHMARK(encode_record);

void decode_record(benchmark::State& state) {
  std::string record;
  encode_event(sample_event(), record);
  for (auto _ : state) {
    const auto event = decode_event(record);
    benchmark::DoNotOptimize(event.has_value());
  }
}
BENCHMARK(decode_record);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
