// SPDX-License-Identifier: Apache-2.0
// The counting stage alone, by the events that bench/flink makes: ns an event.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "testing/memory_state_store.hpp"
#include "views/runtime/running_view.hpp"

namespace hapax {
namespace {

/// An id, one of a thousand names, a time: 100,000 of them are a second of event time, out of order
/// by up to two seconds.
class Events {
 public:
  Events() {
    for (std::size_t i = 0; i < kNames; ++i) {
      names_.push_back(std::string("name-").append(std::to_string(i)));
    }
    event_.event.source = "shop";
    event_.event.type = EventType::kTrack;
  }

  const KeyedEvent& next() {
    const std::uint64_t random = ++number_ * 0x9E3779B97F4A7C15;
    event_.event.name = names_[(random >> 32U) % kNames];
    event_.event.event_time = EventTime(
        std::chrono::microseconds(number_ * 10 + (random >> 12U) % kDisorderMicroseconds));
    event_.seen.id = {.low = number_, .high = random};
    return event_;
  }

 private:
  static constexpr std::size_t kNames = 1'000;
  static constexpr std::uint64_t kDisorderMicroseconds = 2'000'000;

  std::vector<std::string> names_;
  KeyedEvent event_;
  std::uint64_t number_ = 0;
};

void minute_counts(benchmark::State& state) {
  MemoryStateStore store;
  ViewInputs inputs;
  const IdHasher hasher;
  EventInputs event(inputs, hasher);
  const ViewSpec spec = parse_view_json(R"({"name":"v","window":{"tumbling":"1m"},)"
                                        R"("group_by":["event"],"measures":{"n":"count"}})")
                            .value();
  const auto view = make_running_view(spec, inputs, 7, store, "v").value();
  Events events;
  for (auto _ : state) {
    const KeyedEvent& next = events.next();
    event.read(next);
    if (!view->add(event, next.event.event_time - std::chrono::seconds(5))) {
      std::abort();
    }
  }
  if (view->account().sources().at("shop").counted.count !=
      static_cast<std::uint64_t>(state.iterations())) {
    state.SkipWithError("not all are counted");
  }
}
BENCHMARK(minute_counts)->Iterations(20'000'000);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
