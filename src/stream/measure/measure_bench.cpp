// SPDX-License-Identifier: Apache-2.0
// ns an event that one warm cell takes in, for each measure and for some together.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "hash/mix64.hpp"
#include "stream/measure/measure_set.hpp"

namespace hapax {
namespace {

// Distinct for distinct numbers, and never near for small ones.
std::uint64_t mix(std::uint64_t number) {
  return mix64(number + 0x9E3779B97F4A7C15);
}

/// Prices of up to 100.00, of so many values.
std::vector<Sample> prices(std::uint64_t values) {
  std::vector<Sample> samples(std::uint64_t{1} << 20U);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::uint64_t value = mix(i) % values;
    samples[i] = {.value = static_cast<double>(value % 10'000) / 100, .hash = mix(value)};
  }
  return samples;
}

void updates(benchmark::State& state, const std::vector<MeasureSpec>& specs, std::uint64_t values) {
  const std::vector<Sample> samples = prices(values);
  const MeasurePlan plan(specs, 7);
  MeasureSet set(plan);
  std::uint64_t number = 0;
  const auto update = [&] {
    const std::size_t at = number++ % samples.size();
    set.update({.time = EventTime(Microseconds(mix(number) >> 20U)),
                .id = {.low = number, .high = number},
                .samples = std::span(samples).subspan(at, 1)});
  };
  for (std::size_t i = 0; i < samples.size(); ++i) {
    update();
  }
  set.take_delta();
  for (auto _ : state) {
    update();
  }
  std::uint64_t counted = 0;
  benchmark::DoNotOptimize(counted += set.bytes());
  state.counters["cell_bytes"] = static_cast<double>(sizeof(set) + set.bytes());
}

/// What the loop and the event cost without any measure.
void nothing(benchmark::State& state) {
  updates(state, {}, 10'000);
}
void one(benchmark::State& state, MeasureKind kind, std::uint64_t values) {
  updates(state, {{.kind = kind}}, values);
}
void exact_uniques(benchmark::State& state, std::uint64_t values) {
  updates(state, {{.kind = MeasureKind::kUniques, .exact_max = 10'000'000}}, values);
}
void three(benchmark::State& state) {
  updates(
      state,
      {{.kind = MeasureKind::kCount}, {.kind = MeasureKind::kSum}, {.kind = MeasureKind::kUniques}},
      10'000);
}

BENCHMARK(nothing);
BENCHMARK_CAPTURE(one, count, MeasureKind::kCount, 10'000);
BENCHMARK_CAPTURE(one, sum, MeasureKind::kSum, 10'000);
BENCHMARK_CAPTURE(one, avg, MeasureKind::kAvg, 10'000);
BENCHMARK_CAPTURE(one, min, MeasureKind::kMin, 10'000);
BENCHMARK_CAPTURE(one, last, MeasureKind::kLast, 10'000);
BENCHMARK_CAPTURE(one, quantile, MeasureKind::kQuantile, 10'000);
BENCHMARK_CAPTURE(one, top_1000, MeasureKind::kTop, 1'000);
BENCHMARK_CAPTURE(one, top_100000, MeasureKind::kTop, 100'000);
BENCHMARK_CAPTURE(one, uniques_10000, MeasureKind::kUniques, 10'000);
BENCHMARK_CAPTURE(one, uniques_1000000, MeasureKind::kUniques, 1'000'000);
BENCHMARK_CAPTURE(exact_uniques, uniques_1000000, 1'000'000);
BENCHMARK(three);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
