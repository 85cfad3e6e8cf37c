// SPDX-License-Identifier: Apache-2.0
// ns an event of a view over keys, by the number of open keys, and what a key takes of memory.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "testing/memory_state_store.hpp"
#include "views/runtime/keyed_view.hpp"

namespace hapax {
namespace {

/// Of so many users in an order that repeats none before all were there; all within a gap.
class Events {
 public:
  explicit Events(std::size_t users) {
    for (std::size_t i = 0; i < users; ++i) {
      users_.push_back(std::string("user-").append(std::to_string(i * 7'919 % users)));
    }
  }

  const KeyedEvent& next() {
    event_.event.source = "shop";
    event_.event.type = EventType::kTrack;
    event_.event.name = "Page Viewed";
    event_.event.user_id = users_[number_ % users_.size()];
    event_.event.event_time = EventTime(std::chrono::microseconds(++number_ * 10));
    event_.seen.id = {.low = number_, .high = number_};
    return event_;
  }

 private:
  std::vector<std::string> users_;
  KeyedEvent event_;
  std::uint64_t number_ = 0;
};

class View {
 public:
  explicit View(const std::string& spec) {
    view_ = make_running_view(parse_view_json(spec).value(), inputs_, 7, store_, "v").value();
  }

  void add(const KeyedEvent& event) {
    event_.read(event);
    if (!view_->add(event_, EventTime::min())) {
      std::abort();
    }
  }
  FrozenRunningView freeze() { return view_->freeze(); }
  void checkpoint() {
    StateWrite write{.manifest = {}};
    if (!view_->freeze().add_to(write, store_)) {
      std::abort();
    }
    view_->commit();
  }
  RunningView& view() { return *view_; }
  std::size_t memory_bytes() const { return view_->memory_bytes(); }
  std::uint64_t counted() const { return view_->account().sources().at("shop").counted.count; }

 private:
  MemoryStateStore store_;
  ViewInputs inputs_;
  IdHasher hasher_;
  EventInputs event_{inputs_, hasher_};
  std::unique_ptr<RunningView> view_;
};

constexpr const char* kSessions =
    R"~({"name":"v","per":"user","window":{"session":"30m"},"group_by":["source"],)~"
    R"~("measures":{"a":"count","b":"avg(key.seconds)","c":"quantile(key.events, 0.5)"}})~";
constexpr const char* kSessionCount =
    R"({"name":"v","per":"user","window":{"session":"30m"},"group_by":["source"],)"
    R"("measures":{"a":"count"}})";
constexpr const char* kHours =
    R"~({"name":"v","per":"user","window":{"tumbling":"1h"},"group_by":["source"],)~"
    R"~("measures":{"a":"count","b":"sum(key.events)"}})~";

void events(benchmark::State& state, const char* spec) {
  const auto users = static_cast<std::size_t>(state.range(0));
  Events events(users);
  View view(spec);
  std::uint64_t count = 0;
  for (; count < 2 * users; ++count) {
    view.add(events.next());
  }
  for (auto _ : state) {
    view.add(events.next());
    ++count;
  }
  if (view.counted() != count) {
    state.SkipWithError("not all are counted");
  }
}
BENCHMARK_CAPTURE(events, sessions, kSessions)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(events, session_count, kSessionCount)->Arg(100'000);
BENCHMARK_CAPTURE(events, hours, kHours)->Arg(100'000);

/// What a checkpoint costs the thread that counts, by how many keys have changed.
void freeze(benchmark::State& state, const char* spec) {
  const auto users = static_cast<std::size_t>(state.range(0));
  Events events(users);
  View view(spec);
  for (std::size_t i = 0; i < users; ++i) {
    view.add(events.next());
  }
  std::vector<FrozenRunningView> frozen;  // Destroyed on another thread there.
  for (auto _ : state) {
    frozen.push_back(view.freeze());
  }
}
BENCHMARK_CAPTURE(freeze, sessions, kSessions)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(freeze, hours, kHours)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// What forgetting costs it after a checkpoint, by how many keys go.
void evict(benchmark::State& state, const char* spec) {
  constexpr std::size_t kUsers = 1'000'000;
  Events events(kUsers);
  View view(spec);
  for (std::size_t i = 0; i < kUsers; ++i) {
    view.add(events.next());
  }
  view.checkpoint();
  for (auto _ : state) {
    view.view().evict({.age_min = 0, .count_max = static_cast<std::size_t>(state.range(0))});
  }
}
BENCHMARK_CAPTURE(evict, sessions, kSessions)
    ->Arg(1'000)
    ->Iterations(100)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(evict, hours, kHours)->Arg(1'000)->Iterations(100)->Unit(benchmark::kMillisecond);

/// What 100,000 open keys take of the heap, and what they say that they take.
void memory_of_keys(benchmark::State& state, const char* spec) {
  constexpr std::size_t kUsers = 100'000;
  Events events(kUsers);
  View view(spec);
  for (auto _ : state) {
    const std::size_t before = mallinfo2().uordblks;
    for (std::size_t i = 0; i < 2 * kUsers; ++i) {
      view.add(events.next());
    }
    state.counters["heap_bytes"] = static_cast<double>(mallinfo2().uordblks - before) / kUsers;
    state.counters["said_bytes"] = static_cast<double>(view.memory_bytes()) / kUsers;
  }
}
BENCHMARK_CAPTURE(memory_of_keys, sessions, kSessions)->Iterations(1);
BENCHMARK_CAPTURE(memory_of_keys, hours, kHours)->Iterations(1);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
