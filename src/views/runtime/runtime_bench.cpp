// SPDX-License-Identifier: Apache-2.0
// ns an event, by the number of views: of record fields, with uniques, and of paths, which are
// extracted once for all of them.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "testing/memory_state_store.hpp"
#include "views/runtime/running_view.hpp"

namespace hapax {
namespace {

constexpr std::string_view kContext =
    R"({"library":{"name":"analytics.js","version":"2.11.1"},"locale":"de-DE","page":)"
    R"({"path":"/checkout/done","title":"Thank you","url":"https://shop.example.com/checkout/done"},)"
    R"("userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",)"
    R"("timezone":"Europe/Berlin","campaign":{"name":"spring","source":"mail"}})";

/// Of ten names and 10,000 users, in the order of time, a millisecond apart.
class Events {
 public:
  explicit Events(std::size_t groups) : groups_(groups) {
    for (std::size_t i = 0; i < 20'000; ++i) {
      users_.push_back("user-" + std::to_string(i * 7919 % 10'000));
      identities_.push_back(hasher_.identity(users_.back()));
      names_.push_back("Event Name " + std::to_string(i % groups_));
      properties_.push_back(R"({"plan":"plan-)" + std::to_string(i % 4) +
                            R"(","price":49.9,"currency":"EUR","ms":128,"trial":false})");
    }
  }

  const KeyedEvent& next() {
    const std::size_t at = number_ % users_.size();
    ++number_;
    event_.event.source = "shop";
    event_.event.type = EventType::kTrack;
    event_.event.name = names_[at];
    event_.event.user_id = users_[at];
    event_.event.event_time = EventTime(std::chrono::milliseconds(number_));
    event_.event.properties = properties_[at];
    event_.event.context = kContext;
    event_.seen.id = {.low = number_, .high = number_};
    event_.identity = identities_[at];
    return event_;
  }
  const IdHasher& hasher() const { return hasher_; }

 private:
  std::size_t groups_;
  IdHasher hasher_;
  std::vector<std::string> users_;
  std::vector<std::uint64_t> identities_;
  std::vector<std::string> names_;
  std::vector<std::string> properties_;
  KeyedEvent event_;
  std::uint64_t number_ = 0;
};

class Views {
 public:
  Views(std::size_t count, const std::string& spec, const IdHasher& hasher)
      : event_(inputs_, hasher) {
    for (std::size_t i = 0; i < count; ++i) {
      const ViewSpec parsed = parse_view_json(spec).value();
      views_.push_back(make_running_view(parsed, inputs_, i, store_, std::to_string(i)).value());
    }
  }

  void add(const KeyedEvent& event) {
    event_.read(event);
    for (const auto& view : views_) {
      if (!view->add(event_, EventTime::min())) {
        std::abort();
      }
    }
  }
  const ViewCells& cells() const { return views_[0]->cells(); }
  FrozenRunningView freeze() { return views_[0]->freeze(); }

 private:
  MemoryStateStore store_;
  ViewInputs inputs_;
  EventInputs event_;
  std::vector<std::unique_ptr<RunningView>> views_;
};

constexpr const char* kCount =
    R"({"name":"v","window":{"tumbling":"1h"},"group_by":["source","event"],)"
    R"("measures":{"n":"count"}})";
constexpr const char* kUniques =
    R"~({"name":"v","window":{"tumbling":"1h"},"group_by":["source","event"],)~"
    R"~("measures":{"n":"count","u":"uniques(user)"}})~";
constexpr const char* kPaths =
    R"({"name":"v","window":{"tumbling":"1h"},)"
    R"("group_by":["properties.plan","context.page.path"],"measures":{"n":"count"}})";
constexpr const char* kHopping =
    R"({"name":"v","window":{"hopping":"1h","advance":"5m"},"group_by":["source","event"],)"
    R"("measures":{"n":"count"}})";

void events(benchmark::State& state, const char* spec) {
  Events events(10);
  Views views(static_cast<std::size_t>(state.range(0)), spec, events.hasher());
  for (int i = 0; i < 200'000; ++i) {
    views.add(events.next());
  }
  for (auto _ : state) {
    views.add(events.next());
  }
  if (state.range(0) == 0) {
    return;
  }
  const auto views_of_events = static_cast<double>(state.iterations() * state.range(0));
  state.counters["per_view"] = benchmark::Counter(
      views_of_events, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(events, count, kCount)->Arg(0)->Arg(1)->Arg(3)->Arg(10)->Arg(30);
BENCHMARK_CAPTURE(events, uniques, kUniques)->Arg(1)->Arg(3)->Arg(10)->Arg(30);
BENCHMARK_CAPTURE(events, paths, kPaths)->Arg(0)->Arg(1)->Arg(3)->Arg(10)->Arg(30);
BENCHMARK_CAPTURE(events, hopping, kHopping)->Arg(1);

/// What 20,000 cells of a count take of the heap, and what they say that they take.
void memory_of_cells(benchmark::State& state) {
  Events events(20'000);
  Views views(1, kCount, events.hasher());
  for (auto _ : state) {
    const std::size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 20'000; ++i) {
      views.add(events.next());
    }
    state.counters["heap_bytes"] = static_cast<double>(mallinfo2().uordblks - before) / 20'000;
    state.counters["said_bytes"] = static_cast<double>(views.cells().memory_bytes()) / 20'000;
  }
}
BENCHMARK(memory_of_cells)->Iterations(1);

void add_group(Events& events, std::uint64_t number, Views& views) {
  KeyedEvent event = events.next();
  const std::string properties = R"({"n":)" + std::to_string(number) + "}";
  event.event.properties = properties;
  views.add(event);
}

/// What a checkpoint costs the thread that counts, by how many cells have changed.
void freeze(benchmark::State& state) {
  Events events(10);
  Views views(1,
              R"({"name":"v","window":{"tumbling":"1w"},"group_by":["properties.n"],)"
              R"("measures":{"n":"count"}})",
              events.hasher());
  for (std::int64_t number = 0; number < state.range(0); ++number) {
    add_group(events, static_cast<std::uint64_t>(number), views);
  }
  std::vector<FrozenRunningView> frozen;  // Destroyed on another thread there.
  for (auto _ : state) {
    frozen.push_back(views.freeze());
  }
}
BENCHMARK(freeze)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Each event is of a group of its own: ns an event, by how many are kept, and what they take.
void flood(benchmark::State& state) {
  const std::string spec =
      R"({"name":"v","window":{"tumbling":"1w"},"group_by":["source","properties.n"],)"
      R"("measures":{"n":"count"},"groups_max":)" +
      std::to_string(state.range(0)) + "}";
  Events events(10);
  Views views(1, spec, events.hasher());
  std::uint64_t number = 0;
  for (auto _ : state) {
    add_group(events, ++number, views);
  }
  state.counters["hot_cells"] = static_cast<double>(views.cells().hot_cells());
  state.counters["said_mb"] = static_cast<double>(views.cells().memory_bytes()) / 1e6;
  state.counters["heap_mb"] = static_cast<double>(mallinfo2().uordblks) / 1e6;
}
BENCHMARK(flood)->Arg(1'000)->Arg(100'000)->Iterations(500'000);
BENCHMARK(flood)->Arg(1'000'000)->Iterations(3'000'000);

}  // namespace
}  // namespace hapax

BENCHMARK_MAIN();
