// SPDX-License-Identifier: Apache-2.0
// Which groups are kept, and what it costs; that the cells are right is for view_oracle_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "testing/evict_all.hpp"
#include "testing/memory_state_store.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/view_cells.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;

/// Says how often it was asked.
class CountingStore : public MemoryStateStore {
 public:
  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    ++finds;
    return MemoryStateStore::find(table, key);
  }
  Result<void> scan(std::string_view table, std::string_view from, std::string_view to,
                    const Visit& visit) override {
    ++scans;
    return MemoryStateStore::scan(table, from, to, visit);
  }

  int finds = 0;
  int scans = 0;
};

class ViewCellsLimitTest : public testing::Test {
 protected:
  static constexpr Window kWindow{.start = EventTime(minutes(0)), .end = EventTime(minutes(10))};
  static constexpr const char* kOther = "other";
  using Counts = std::map<std::string, std::uint64_t>;

  /// On what is stored, as after a restart.
  void start(std::uint64_t groups_max, std::size_t last_known = GroupLimit::kLastKnown) {
    cells_ = std::make_unique<ViewCells>(
        store_, "t", plan_, GroupLimit{.groups_max = groups_max, .last_known = last_known});
  }
  void checkpoint() {
    StateWrite write{.manifest = {}};
    ASSERT_TRUE(cells_->freeze().add_to(write, store_));
    ASSERT_TRUE(store_.write(write));
    cells_->commit();
  }
  void forget() {
    checkpoint();
    evict_all(*cells_);
    ASSERT_EQ(cells_->hot_cells(), 0U);
  }
  Result<void> try_add(const std::string& name, EventTime watermark = EventTime::min()) {
    std::string group;
    append_group_value(std::string_view(name), group);
    return cells_->add({&kWindow, 1}, group, {}, watermark);
  }
  void add(const std::string& name) { ASSERT_TRUE(try_add(name)); }
  void add_all(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      add(name);
    }
  }

  /// So many names, by the order in which they are kept.
  static std::vector<std::string> names(std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(std::string("g").append(std::to_string(i)));
    }
    std::ranges::sort(all, {}, [](const std::string& name) {
      std::string group;
      append_group_value(std::string_view(name), group);
      return IdHasher().group(group);
    });
    return all;
  }
  Counts counts() const {
    Counts all;
    const auto keys = cells_->keys_from({}, SIZE_MAX).value();
    for (const std::string& key : keys) {
      const auto group = decode_group(split_view_cell_key(key)->group).value();
      all[group.empty() ? kOther : std::get<std::string>(group[0])] =
          cells_->find(key).value()->size;
    }
    return all;
  }

  CountingStore store_;
  const MeasurePlan plan_{std::vector<MeasureSpec>(1)};
  std::unique_ptr<ViewCells> cells_;
};

TEST_F(ViewCellsLimitTest, TheFirstGroupsByTheirHashAreKept) {
  start(3);
  std::vector<std::string> all = names(5);
  std::ranges::reverse(all);
  add_all(all);
  add_all(all);
  EXPECT_EQ(counts(), (Counts{{all[4], 2}, {all[3], 2}, {all[2], 2}, {kOther, 4}}));
}

TEST_F(ViewCellsLimitTest, AtTheLimitNothingIsMerged) {
  start(3);
  add_all(names(3));
  forget();
  add_all(names(3));
  EXPECT_FALSE(counts().contains(kOther));
}

TEST_F(ViewCellsLimitTest, AnEventThatCannotBeCountedChangesNothing) {
  const auto all = names(4);
  start(2);
  add_all({all[3], all[2]});
  forget();
  start(2);
  const Counts before = counts();
  store_.fail_reads("t", Error{ErrorKind::kUnavailable, "the disk is gone"});
  EXPECT_FALSE(try_add(all[0]));
  store_.fail_reads("t", std::nullopt);
  EXPECT_EQ(counts(), before);
  EXPECT_FALSE(cells_->dirty());
  add_all({all[0], all[1]});
  EXPECT_EQ(counts(), (Counts{{all[0], 1}, {all[1], 1}, {kOther, 2}}));
}

TEST_F(ViewCellsLimitTest, ALateEventThatHasAGroupMergedCorrectsTheOthers) {
  const auto all = names(3);
  start(1);
  add(all[1]);
  ASSERT_TRUE(try_add(all[0], EventTime::max()));
  ASSERT_TRUE(try_add(all[2], EventTime::max()));
  const auto other = cells_->find(window_key(kWindow) + other_groups({})).value();
  EXPECT_EQ(other->revision, 2U);
  EXPECT_EQ(other->size, 2U);
}

TEST_F(ViewCellsLimitTest, AFloodOfGroupsIsToldFromThoseThatAreKeptByMemory) {
  const auto all = names(100);
  start(10);
  add_all(all);
  forget();
  add_all({all.begin(), all.begin() + 11});
  store_.finds = store_.scans = 0;
  add_all({all.begin() + 10, all.end()});
  EXPECT_EQ(store_.finds + store_.scans, 0);
  EXPECT_EQ(counts().at(kOther), 90U + 91U);
}

TEST_F(ViewCellsLimitTest, CellsAreLookedThroughOnceForMany) {
  auto all = names(1'000);
  std::ranges::reverse(all);
  start(500, 100);
  add_all({all.begin(), all.begin() + 500});
  forget();
  store_.scans = 0;
  add_all({all.begin() + 500, all.end()});  // Each has one merged.
  EXPECT_EQ(store_.scans, 5);
  EXPECT_EQ(counts().at(kOther), 500U);
}

TEST_F(ViewCellsLimitTest, WhatIsKnownOfManyGroupsIsNotForgottenWithTheirCells) {
  const auto all = names(KeptGroups::kCostly + 2);
  start(1'000'000);
  add_all({all.begin(), all.end() - 2});
  forget();
  store_.scans = 0;
  add_all({all.end() - 2, all.end()});
  EXPECT_EQ(store_.scans, 0);
  cells_->drop_before({.start = kWindow.end, .end = kWindow.end + minutes(10)});
  EXPECT_EQ(cells_->memory_bytes(), 0U);
}

TEST_F(ViewCellsLimitTest, ALowerLimitTakesHoldAsNewGroupsCome) {
  const auto all = names(100);
  start(90);
  add_all({all.begin() + 10, all.end()});
  forget();
  start(5);
  add_all(all);
  EXPECT_EQ(
      counts(),
      (Counts{{all[0], 1}, {all[1], 1}, {all[2], 1}, {all[3], 1}, {all[4], 1}, {kOther, 185}}));
}

/// Else a group would have a cell with a part of its events.
TEST_F(ViewCellsLimitTest, AHigherLimitIsForWindowsThatHaveNotReachedTheLower) {
  const auto all = names(10);
  start(3);
  add_all(all);
  forget();
  start(8);
  add_all(all);
  EXPECT_EQ(counts(), (Counts{{all[0], 2}, {all[1], 2}, {all[2], 2}, {kOther, 14}}));
}

}  // namespace
}  // namespace hapax
