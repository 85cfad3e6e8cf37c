// SPDX-License-Identifier: Apache-2.0
// What came while our clock was in doubt: whenever checkpoints, evictions, restarts and queries
// happen, a merged epoch is as if all of it had come without a doubt.
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "testing/memory_state_store.hpp"
#include "testing/stored_cells.hpp"
#include "testing/view_reading.hpp"
#include "views/minute_view.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;
using Random = std::mt19937_64;

constexpr EventTime kNever = EventTime::min();
constexpr ClockEpoch kFirst{1};
constexpr ClockEpoch kSecond{2};
const std::vector<ClockEpoch> kEpochs{kUndoubted, kFirst, kSecond};

struct Added {
  KeyedEvent event;
  bool late = false;
  ClockEpoch epoch;
};

KeyedEvent event_of(std::uint64_t user, std::int64_t minute, std::string_view name) {
  return {.event = {.source = "shop",
                    .type = EventType::kTrack,
                    .name = name,
                    .event_time = EventTime(minutes(minute))},
          .seen = {.id = {.low = user, .high = static_cast<std::uint64_t>(minute)}},
          .identity = 1 + user};
}

Added random_event(Random& random, const std::vector<ClockEpoch>& epochs) {
  static constexpr const char* kNames[] = {"a", "ab", "b"};
  return {.event = event_of(random() % 20, static_cast<std::int64_t>(random() % 6),
                            kNames[random() % 3]),
          .late = random() % 4 == 0,
          .epoch = epochs[random() % epochs.size()]};
}

ViewQuery everything() {
  ViewQuery query;
  query.from = EventTime::min();
  query.to = EventTime::max();
  return query;
}

/// "3 ab 5/2 r1": minute, name, count/users, revision.
std::vector<std::string> lines(const std::vector<Cell>& cells) {
  std::vector<std::string> lines;
  for (const Cell& cell : cells) {
    std::string line = std::to_string(cell.start.time_since_epoch() / minutes(1));
    line.append(" ").append(cell.event).append(" ").append(std::to_string(cell.count));
    line.append("/").append(std::to_string(cell.users));
    line.append(" r").append(std::to_string(cell.revision));
    lines.push_back(std::move(line));
  }
  return lines;
}

/// A store whose tables can be listed while their cells cannot be read.
struct ListOnlyStore : MemoryStateStore {
  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    if (list_only) {
      return Error{ErrorKind::kUnavailable, "disk"};
    }
    return MemoryStateStore::find(table, key);
  }
  bool list_only = false;
};

/// A view with its store, as a processor drives it.
class View {
 public:
  void add(const Added& added) { ASSERT_TRUE(view_->add(added.event, added.late, added.epoch)); }
  void checkpoint() {
    const FrozenView frozen = view_->freeze();
    manifest_.clear();
    ByteWriter out(manifest_);
    view_->encode(out);
    StateWrite write{.manifest = manifest_};
    ASSERT_TRUE(frozen.add_to(write, store_));
    ASSERT_TRUE(store_.write(write));
    view_->commit();
  }
  void restart() {
    checkpoint();
    view_.emplace(store_);
    ByteReader in(manifest_);
    view_->restore(in);
    ASSERT_TRUE(in.ok() && in.at_end());
  }
  void fold_all() {
    while (view_->fold(2).value()) {
    }
  }
  /// Something that changes no answer.
  void disturb(Random& random) {
    switch (random() % 6) {
      case 0:
        return checkpoint();
      case 1:
        return view_->evict(EventTime(minutes(random() % 8)));
      case 2:
        return restart();
      case 3:
        view_->fold(1 + random() % 2).value();
        return;
      default:
        return;
    }
  }

  CellPage page(const ViewQuery& query) { return read_view(*view_, store_, query, kNever).value(); }
  std::vector<std::string> answer() { return lines(page(everything()).cells); }
  MinuteView& operator*() { return *view_; }
  MinuteView* operator->() { return &*view_; }
  ListOnlyStore& store() { return store_; }

 private:
  ListOnlyStore store_;
  std::string manifest_;
  std::optional<MinuteView> view_{std::in_place, store_};
};

/// The same events in a view that knows no doubt.
struct Reference {
  void add(Added added) {
    added.epoch = kUndoubted;
    view.add(added);
  }
  View view;
};

void expect_same(View& view, View& reference) {
  EXPECT_EQ(view.answer(), reference.answer());
  EXPECT_EQ(view->counted(), reference->counted());
}

void expect_same_stored(View& view, View& reference) {
  view.fold_all();
  view.restart();
  reference.checkpoint();
  expect_same(view, reference);
  EXPECT_EQ(whole_cells(view.store(), "cells"), whole_cells(reference.store(), "cells"));
  EXPECT_EQ(view.store().tables().size(), 1U) << "the tables of the epochs are gone";
}

/// A view and its reference, to which the same random events come.
struct Life {
  explicit Life(std::uint64_t seed) : random(seed) {}

  void add(const std::vector<ClockEpoch>& epochs = kEpochs) {
    const Added added = random_event(random, epochs);
    view.add(added);
    reference.add(added);
  }
  /// Events of `epochs` and disturbances, and after each the two answer the same.
  void live(int events, const std::vector<ClockEpoch>& epochs) {
    for (int i = 0; i < events; ++i) {
      add(epochs);
      view.disturb(random);
      expect_same(view, reference.view);
    }
  }

  Random random;
  View view;
  Reference reference;
};

template <typename Check>
void for_random_lives(const Check& check) {
  for (std::uint64_t seed = 1; seed <= 150 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(seed);
    check(life);
  }
}

TEST(MinuteEpochsTest, AQueryCombinesAllEpochs) {
  for_random_lives([](Life& life) { life.live(60, kEpochs); });
}

TEST(MinuteEpochsTest, AMergedEpochIsAsIfAllHadComeWithoutADoubt) {
  for_random_lives([](Life& life) {
    life.live(25, kEpochs);
    life.view->merge_epoch(kFirst);
    life.live(25, {kUndoubted, kSecond});
    life.view->merge_epoch(kSecond);
    life.live(25, {kUndoubted});
    expect_same_stored(life.view, life.reference.view);
  });
}

TEST(MinuteEpochsTest, ACrashWhileAnEpochIsFoldedLosesAndDoublesNothing) {
  for_random_lives([](Life& life) {
    auto& [random, view, reference] = life;
    for (int i = 0; i < 40; ++i) {
      life.add();
    }
    view->merge_epoch(kFirst);
    view->merge_epoch(kSecond);
    for (int i = 0; i < 6; ++i) {
      view->fold(1 + random() % 3).value();
      if (random() % 2 == 0) {
        view.checkpoint();
      }
      MinuteView crashed(view.store());
      const auto stored = view.store().manifest().value();
      if (stored) {
        ByteReader in(*stored);
        crashed.restore(in);
        EXPECT_EQ(lines(read_view(crashed, view.store(), everything(), kNever).value().cells),
                  reference.view.answer());
      }
    }
    expect_same_stored(view, reference.view);
  });
}

TEST(MinuteEpochsTest, AFoldThatTheStoreCannotServeGoesOnLater) {
  View view;
  for (std::uint64_t user = 0; user < 5; ++user) {
    view.add({.event = event_of(user, static_cast<std::int64_t>(user), "a"), .epoch = kFirst});
  }
  view.restart();
  view->merge_epoch(kFirst);
  ASSERT_TRUE(view->fold(2).value());
  view.store().list_only = true;
  EXPECT_FALSE(view->fold(2));
  view.store().list_only = false;
  view.fold_all();
  EXPECT_EQ(view.answer().size(), 5U);
  view.checkpoint();
  EXPECT_EQ(whole_cells(view.store(), "cells").size(), 5U);
}

TEST(MinuteEpochsTest, AChangeOfAnyEpochTellsTheWholeCell) {
  View view;
  view.add({.event = event_of(1, 0, "a"), .epoch = kUndoubted});
  view.add({.event = event_of(2, 0, "a"), .epoch = kFirst});
  view.checkpoint();
  view->evict(EventTime::max());
  ASSERT_EQ(view->begin_changes().value().size(), 0U);
  view.add({.event = event_of(2, 0, "a"), .epoch = kSecond});
  view.store().fail_reads("cells", Error{ErrorKind::kUnavailable, "disk"});
  EXPECT_FALSE(view->take_changes());
  view.store().fail_reads("cells", std::nullopt);
  ASSERT_TRUE(view->has_changes()) << "what could not be read is told later";
  const CellRun changes = view->take_changes().value();
  EXPECT_EQ(lines(cells_of(changes, kNever)), (std::vector<std::string>{"0 a 3/2 r0"}));
  EXPECT_EQ(changes[0].added, 1U);
  EXPECT_FALSE(view->has_changes());
}

TEST(MinuteEpochsTest, ACellOfSeveralEpochsIsOneOfThoseThatAQueryMayHave) {
  View view;
  view.add({.event = event_of(1, 0, "a"), .epoch = kUndoubted});
  view.add({.event = event_of(1, 0, "a"), .epoch = kFirst});
  view.add({.event = event_of(1, 0, "b"), .epoch = kFirst});
  ViewQuery query = everything();
  query.cells_max = 2;
  EXPECT_FALSE(view.page(query).next);
  query.cells_max = 1;
  const CellPage first = view.page(query);
  EXPECT_EQ(lines(first.cells), (std::vector<std::string>{"0 a 2/1 r0"}));
  query.behind = first.next;
  EXPECT_EQ(lines(view.page(query).cells), (std::vector<std::string>{"0 b 1/1 r0"}));
}

}  // namespace
}  // namespace hapax
