// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/row_extent.hpp"

#include <gtest/gtest.h>

#include "testing/memory_state_store.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

class RowExtentTest : public testing::Test {
 protected:
  static Window window(std::int64_t minute) {
    const EventTime start{std::chrono::minutes(minute)};
    return {.start = start, .end = start + std::chrono::minutes(1)};
  }
  RowSnapshot rows(const std::vector<std::pair<std::int64_t, std::string>>& cells) {
    CellRows run;
    int group = 0;
    for (const auto& [minute, value] : cells) {
      run.add(window_key(window(minute)).append(std::to_string(group++)), value);
    }
    run.sort();
    RowSnapshot rows(nullptr, "view.v", store_.snapshot().value());
    rows.add(std::make_shared<const CellRows>(std::move(run)));
    return rows;
  }
  static bool never() { return false; }

  MemoryStateStore store_;
};

TEST_F(RowExtentTest, CountsCellsAndBytesAndFindsWhatIsWidestAndLargest) {
  const RowExtent extent =
      measure_extent(rows({{1, "v"}, {2, "v"}, {2, "long"}, {3, "v"}, {3, "v"}}), 100, never)
          .value();
  EXPECT_TRUE(extent.is_whole);
  EXPECT_EQ(extent.cells, 5U);
  EXPECT_EQ(extent.bytes, 5 * 17U + 8U);
  EXPECT_EQ(extent.widest, window(2));
  EXPECT_EQ(extent.widest_cells, 2U);
  EXPECT_EQ(extent.largest_key, window_key(window(2)) + "2");
  EXPECT_EQ(extent.largest_bytes, 4U);
}

TEST_F(RowExtentTest, SaysThatThereIsMoreWhenTheBudgetIsSpent) {
  const RowSnapshot three = rows({{1, "v"}, {2, "v"}, {3, "v"}});
  EXPECT_TRUE(measure_extent(three, 3, never).value().is_whole);
  const RowExtent two = measure_extent(three, 2, never).value();
  EXPECT_FALSE(two.is_whole);
  EXPECT_EQ(two.cells, 2U);
  const RowSnapshot many = rows(std::vector<std::pair<std::int64_t, std::string>>(1'000, {1, "v"}));
  EXPECT_FALSE(measure_extent(many, 10'000, [] { return true; }).value().is_whole);
}

TEST_F(RowExtentTest, AnEmptyViewHoldsNothing) {
  const RowExtent extent = measure_extent(rows({}), 100, never).value();
  EXPECT_EQ(extent.cells, 0U);
  EXPECT_TRUE(extent.is_whole);
}

}  // namespace
}  // namespace hapax
