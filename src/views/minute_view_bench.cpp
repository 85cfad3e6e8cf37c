// SPDX-License-Identifier: Apache-2.0
// What readers cost: the counting thread for telling what changed, and a reader for a page.
#include <benchmark/benchmark.h>

#include <ctime>
#include <memory>
#include <string>

#include "testing/memory_state_store.hpp"
#include "testing/view_reading.hpp"

namespace hapax {
namespace {

constexpr int kMinutes = 60;

/// CPU time of this thread in seconds.
double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// One more event in each of `cells` cells of an hour.
void touch(MinuteView& view, std::int64_t cells) {
  std::string name;
  for (std::int64_t i = 0; i < cells; ++i) {
    name = "event " + std::to_string(i / kMinutes);
    const EventView event{.source = "web",
                          .type = EventType::kTrack,
                          .name = name,
                          .event_time = EventTime(std::chrono::minutes(i % kMinutes))};
    if (!view.add({.event = event, .seen = {}, .identity = 1}, false, kUndoubted)) {
      std::abort();
    }
  }
}

void report(benchmark::State& state, double seconds) {
  state.SetIterationTime(seconds);
  state.counters["ns_per_cell"] = seconds * 1e9 / static_cast<double>(state.range(0));
}

void begin_to_tell(benchmark::State& state) {
  MemoryStateStore store;
  MinuteView view(store);
  touch(view, state.range(0));
  for (auto _ : state) {
    const double begun = thread_seconds();
    const CellRun run = view.begin_changes().value();
    report(state, thread_seconds() - begun);
    if (run.size() != static_cast<std::size_t>(state.range(0))) {
      state.SkipWithError("wrong number of cells");
    }
  }
}

void tell_changes(benchmark::State& state) {
  MemoryStateStore store;
  MinuteView view(store);
  touch(view, state.range(0));
  benchmark::DoNotOptimize(view.begin_changes().value());
  for (auto _ : state) {
    touch(view, state.range(0));
    const double begun = thread_seconds();
    const CellRun run = view.take_changes().value();
    report(state, thread_seconds() - begun);
    if (run.size() != static_cast<std::size_t>(state.range(0))) {
      state.SkipWithError("wrong number of cells");
    }
  }
}

void read_one_groups_hour(benchmark::State& state) {
  MemoryStateStore store;
  MinuteView view(store);
  touch(view, state.range(0));
  const ViewSnapshot snapshot = snapshot_of(view, store).value();
  const ViewQuery query{
      .from = EventTime::min(), .to = EventTime::max(), .event = "event 77", .source = "web"};
  for (auto _ : state) {
    const CellPage page = snapshot.query(query, EventTime::min()).value();
    if (page.cells.size() != kMinutes) {
      state.SkipWithError("wrong number of cells");
    }
  }
}

BENCHMARK(begin_to_tell)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(tell_changes)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(read_one_groups_hour)->Arg(10'020)->Arg(1'000'020)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
