// SPDX-License-Identifier: Apache-2.0
// Readers see the view as it was at one moment, whatever the view does meanwhile: a snapshot is
// compared with what the view itself held then.
#include "views/view_snapshot.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "testing/memory_state_store.hpp"
#include "testing/view_reading.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;
using Random = std::mt19937_64;
/// Count and users of a cell by its key.
using Cells = std::map<std::string, std::pair<std::uint64_t, std::uint64_t>>;

Cells cells_in(const ViewSnapshot& snapshot) {
  Cells cells;
  const Result<void> scanned = snapshot.scan(
      {.start = EventTime::min(), .group = {}}, EventTime::max(),
      [&](const CellKeyParts& cell, const CellSummary& summary) {
        const std::string key = cell_start_key(cell.start).append(cell.group);
        EXPECT_TRUE(cells.empty() || cells.rbegin()->first < key) << "in order, each once";
        cells[key] = {summary.count, summary.users};
        return true;
      });
  EXPECT_TRUE(scanned);
  return cells;
}

/// A view with a reader, whose every moment is kept with what was true then.
class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed) {}

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      switch (random_() % 8) {
        case 0:
          checkpoint();
          break;
        case 1:
          view_.evict(EventTime(minutes(random_() % 6)));
          break;
        case 2:
          view_.merge_epoch(ClockEpoch(random_() % next_epoch_));  // 0 is none.
          break;
        case 3:
          EXPECT_TRUE(view_.fold(1 + random_() % 3));
          break;
        case 4:
          publish();
          break;
        default:
          add();
      }
    }
    publish();
  }
  void expect_that_moments_are_as_they_were() const {
    for (const auto& [snapshot, expected] : moments_) {
      EXPECT_EQ(cells_in(snapshot), expected);
    }
  }
  /// What was told to be added, by cell, is what cells came to.
  void expect_that_all_that_was_added_was_told() const {
    for (const auto& [key, cell] : truth_) {
      const auto told = added_.find(key);
      EXPECT_EQ(told == added_.end() ? 0 : told->second, cell.count);
    }
  }

 private:
  struct Truth {
    std::uint64_t count = 0;
    std::map<std::uint64_t, bool> users;
  };

  void add() {
    const EventTime at(minutes(random_() % 6));
    const std::string name(1 + random_() % 3, 'e');
    const std::uint64_t user = random_() % 5 + 1;
    const EventView event{.source = random_() % 2 == 0 ? "shop" : "blog",
                          .type = EventType::kTrack,
                          .name = name,
                          .event_time = at};
    // Epochs that were merged get no more events: each is used once.
    const ClockEpoch epoch(random_() % 3 == 0 ? next_epoch_ : 0);
    ASSERT_TRUE(view_.add({.event = event, .seen = {}, .identity = user}, false, epoch));
    std::string key = cell_start_key(at);
    append_cell_group(event.source, name, key);
    ++truth_[key].count;
    truth_[key].users[user] = true;
  }
  void checkpoint() {
    StateWrite write{.manifest = {}};
    ASSERT_TRUE(view_.freeze().add_to(write, store_));
    if (random_() % 2 == 0) {
      add();  // Between freeze and commit.
      publish();
    }
    ASSERT_TRUE(store_.write(write));
    if (random_() % 2 == 0) {
      publish();
    }
    view_.commit();
    begins_ = true;
    ++next_epoch_;  // Those before may be merged from here on.
  }
  /// As ProcessorCore::publish() and ViewReads do it.
  void publish() {
    if (begins_) {
      CellRun run = view_.begin_changes().value();
      note(run);
      snapshot_ = ViewSnapshot(store_.snapshot().value(), view_.stored_tables(), 0);
      snapshot_.add(sorted(std::move(run)));
      begins_ = false;
    } else {
      CellRun run = view_.take_changes().value();
      note(run);
      snapshot_.add(sorted(std::move(run)));
    }
    Cells expected;
    for (const auto& [key, cell] : truth_) {
      expected[key] = {cell.count, cell.users.size()};
    }
    moments_.emplace_back(snapshot_, std::move(expected));
  }
  /// Who begins to read finds what is there, and is told the rest.
  void note(const CellRun& run) {
    if (moments_.empty()) {
      for (const auto& [key, cell] : truth_) {
        added_[key] = cell.count;
      }
      return;
    }
    for (std::size_t i = 0; i < run.size(); ++i) {
      added_[cell_start_key(run.key(i).start).append(run.key(i).group)] += run[i].added;
    }
  }

  Random random_;
  MemoryStateStore store_;
  MinuteView view_{store_};
  ViewSnapshot snapshot_;
  bool begins_ = true;
  std::uint32_t next_epoch_ = 1;
  std::map<std::string, Truth> truth_;
  std::map<std::string, std::uint64_t> added_;
  std::vector<std::pair<ViewSnapshot, Cells>> moments_;
};

TEST(ViewSnapshotTest, EveryMomentStaysAsItWasWhateverComesAfterIt) {
  for (std::uint64_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life(seed);
    life.live(120);
    life.expect_that_moments_are_as_they_were();
    life.expect_that_all_that_was_added_was_told();
  }
}

TEST(ViewSnapshotTest, RunsStayFewHoweverManyAreAdded) {
  MemoryStateStore store;
  ViewSnapshot snapshot(store.snapshot().value(), {{.name = "cells"}}, 0);
  std::map<std::string, std::uint64_t> expected;
  Random random(7);
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    CellRun run;
    std::string group;
    append_cell_group("web", std::to_string(random() % 500), group);
    run.add({.start = EventTime(minutes(1)), .group = group}, CellSummary(0, {i, 1}), 0);
    snapshot.add(sorted(std::move(run)));
    expected[group] = i;
  }
  std::map<std::string, std::uint64_t> found;
  ASSERT_TRUE(snapshot.scan({.start = EventTime::min(), .group = {}}, EventTime::max(),
                            [&](const CellKeyParts& cell, const CellSummary& summary) {
                              found[std::string(cell.group)] = summary.count;
                              return true;
                            }));
  EXPECT_EQ(found, expected);
  EXPECT_LE(snapshot.run_count(), 12U);
}

TEST(ViewSnapshotTest, APageEndsWhenItsTimeOrItsBytesAreUsedUpAndTheNextGoesOn) {
  MemoryStateStore store;
  CellRun run;
  for (int i = 0; i < 20'000; ++i) {
    std::string group;
    append_cell_group("web", "event " + std::to_string(i), group);
    run.add({.start = EventTime(minutes(1)), .group = group}, CellSummary(0, {1, 1}), 0);
  }
  ViewSnapshot snapshot(store.snapshot().value(), {}, 0);
  snapshot.add(sorted(std::move(run)));
  for (const PageBudget& budget :
       {PageBudget{.is_over = [] { return true; }}, PageBudget{.bytes_max = 20'000}}) {
    ViewQuery query{.from = EventTime::min(), .to = EventTime::max()};
    std::size_t cells = 0;
    std::size_t pages = 0;
    for (bool more = true; more && pages < 1'000; ++pages) {
      const CellPage page = snapshot.query(query, EventTime::min(), budget).value();
      EXPECT_FALSE(page.cells.empty());
      cells += page.cells.size();
      query.behind = page.next;
      more = page.next.has_value();
    }
    EXPECT_EQ(cells, 20'000U);
    EXPECT_GT(pages, 5U);
  }
}

}  // namespace
}  // namespace hapax
