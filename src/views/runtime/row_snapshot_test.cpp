// SPDX-License-Identifier: Apache-2.0
// Readers see the cells as they were at one moment: a snapshot is compared with a map that held the
// same then, whatever comes later.
#include "views/runtime/row_snapshot.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "stream/stored_runs.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/seeded_random.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

using Cells = std::map<std::string, std::string>;

std::string key_of(std::uint64_t minute, std::string_view group) {
  const EventTime start{std::chrono::minutes(minute)};
  return window_key({.start = start, .end = start + std::chrono::minutes(1)}).append(group);
}

Cells cells_in(const RowSnapshot& snapshot, const std::string& from, const std::string& to) {
  Cells cells;
  const Result<void> read = snapshot.read(to, [&](RowCursor& at) -> Result<void> {
    for (at.seek(from); at.valid(); at.next()) {
      EXPECT_TRUE(cells.empty() || cells.rbegin()->first < at.key()) << "in order, each once";
      cells.emplace(at.key(), at.value());
    }
    return {};
  });
  EXPECT_TRUE(read);
  return cells;
}

/// Cells that change, are stored and dropped, with a reader whose every moment is kept.
class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed) {}

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      switch (random_.below(8)) {
        case 0:
          checkpoint();
          break;
        case 1:
          publish();
          break;
        case 2:
          drop();
          break;
        default:
          change();
      }
    }
    publish();
  }

  void expect_that_moments_are_as_they_were() {
    for (const auto& [snapshot, truth] : moments_) {
      EXPECT_EQ(cells_in(snapshot, {}, {}), truth);
      const std::string from = key_of(random_.below(12), "b");
      const std::string to = key_of(random_.below(12), "b");
      Cells between;
      for (const auto& [key, value] : truth) {
        if (key >= from && key < to) {
          between.emplace(key, value);
        }
      }
      EXPECT_EQ(cells_in(snapshot, from, to), between);
      EXPECT_LE(snapshot.run_count(), 7U);
    }
  }

 private:
  void change() {
    const std::string key = key_of(first_ + random_.below(6),
                                   std::string(1, static_cast<char>('a' + random_.below(4))));
    truth_[key] = random_.one_in(4) ? std::string() : std::to_string(++number_);  // Gone, or there.
    unsaved_.insert(key);
    untold_.insert(key);
  }
  void checkpoint() {
    StateWrite write{.manifest = {}};
    std::map<std::string, std::string> changes;
    for (const std::string& key : unsaved_) {
      changes[summary_key(key)] = truth_[key];
      changes[run_key(key, 1)] = "a run";
    }  // What is gone is erased, or stays as something empty: both are passed over.
    auto& table = write.tables.emplace_back(StateWrite::Table{.name = "view.v"});
    table.erased = ranges_below(living_from_);
    for (const auto& [key, value] : changes) {
      value.empty() && random_.one_in(2) ? table.changes.erase(key) : table.changes.put(key, value);
    }
    ASSERT_TRUE(store_.write(write));
    unsaved_.clear();
    begins_ = true;
  }
  void drop() {
    first_ += random_.below(2);
    living_from_ = key_of(first_, "");
    truth_.erase(truth_.begin(), truth_.lower_bound(living_from_));
    for (auto* keys : {&unsaved_, &untold_}) {
      keys->erase(keys->begin(), keys->lower_bound(living_from_));
    }
  }
  void publish() {
    CellRows changed;
    if (begins_) {
      snapshot_ = RowSnapshot(nullptr, "view.v", store_.snapshot().value());
      untold_.insert(unsaved_.begin(), unsaved_.end());
    }
    for (const std::string& key : untold_) {
      changed.add(key, truth_[key]);
    }
    untold_.clear();
    begins_ = false;
    changed.sort();
    snapshot_.add(std::make_shared<const CellRows>(std::move(changed)));
    snapshot_.drop_before(living_from_);
    Cells there = truth_;
    std::erase_if(there, [](const auto& cell) { return cell.second.empty(); });
    moments_.emplace_back(snapshot_, std::move(there));
  }

  SeededRandom random_;
  MemoryStateStore store_;
  std::uint64_t first_ = 0;  // The minute before which all is dropped.
  std::uint64_t number_ = 0;
  std::string living_from_;
  Cells truth_;
  std::set<std::string> unsaved_;
  std::set<std::string> untold_;
  bool begins_ = true;
  RowSnapshot snapshot_{nullptr, "view.v", nullptr};
  std::vector<std::pair<RowSnapshot, Cells>> moments_;
};

TEST(RowSnapshotTest, IsWhatTheCellsWereAtItsMoment) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    Life life(seed);
    life.live(80);
    life.expect_that_moments_are_as_they_were();
  }
}

TEST(RowSnapshotTest, AStoreThatWasOpenedAnewIsReadNoMore) {
  MemoryStateStore store;
  const RowSnapshot snapshot(nullptr, "view.v", store.snapshot().value());
  EXPECT_TRUE(snapshot.is_open());
  store.close_snapshots();
  EXPECT_FALSE(snapshot.is_open());
  EXPECT_FALSE(snapshot.read({}, [](RowCursor&) -> Result<void> { return {}; }));
}

TEST(RowSnapshotTest, AnErrorOfTheStoreIsNoEndOfTheCells) {
  MemoryStateStore store;
  CellRows rows;
  rows.add(key_of(1, "a"), "1");
  RowSnapshot snapshot(nullptr, "view.v", store.snapshot().value());
  snapshot.add(std::make_shared<const CellRows>(std::move(rows)));
  store.fail_reads("view.", Error{ErrorKind::kUnavailable, "no disk"});
  const auto read = snapshot.read({}, [](RowCursor& cells) -> Result<void> {
    cells.seek({});
    EXPECT_FALSE(cells.valid());
    return {};
  });
  EXPECT_FALSE(read);
}

TEST(RowSnapshotTest, SaysWhichWindowLivesFirst) {
  MemoryStateStore store;
  RowSnapshot snapshot(nullptr, "view.v", store.snapshot().value());
  EXPECT_FALSE(snapshot.first_living());
  snapshot.drop_before(key_of(7, ""));
  EXPECT_EQ(snapshot.first_living().value().start, EventTime(std::chrono::minutes(7)));
}

}  // namespace
}  // namespace hapax
