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
    RowSnapshot rows(shape_, "view.v", store_.snapshot().value());
    rows.add(std::make_shared<const CellRows>(std::move(run)));
    return rows;
  }
  static bool never() { return false; }

  static std::shared_ptr<const ViewShape> shape_of(std::initializer_list<MeasureSpec> specs) {
    return std::make_shared<const ViewShape>(
        ViewShape{.spec = {}, .group_fields = {}, .measures = MeasurePlan(std::vector(specs))});
  }

  MemoryStateStore store_;
  std::shared_ptr<const ViewShape> shape_ = shape_of({});
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

TEST_F(RowExtentTest, SaysHowNearMeasuresAreToWhatTheyCountExactly) {
  shape_ = shape_of({{.kind = MeasureKind::kCount},
                     {.kind = MeasureKind::kUniques, .exact_max = 5},
                     {.kind = MeasureKind::kTop, .values_max = 3}});
  std::vector<std::pair<std::int64_t, std::string>> cells;
  for (const int values : {2, 5, 4, 9}) {
    ViewCell cell(shape_->measures);
    for (int i = 0; i < values; ++i) {
      const Sample sample{.value = 1.0 * i, .hash = 1'000U + static_cast<std::uint64_t>(i)};
      cell.measures.update({.time = {}, .id = {}, .samples = {&sample, 1}});
      ++cell.size;
    }
    cells.emplace_back(values, encode_value(cell));
  }
  const RowExtent extent = measure_extent(rows(cells), 100, never).value();
  EXPECT_EQ(extent.measures,
            (std::vector<MeasureExtent>{{}, {.values_max = 5, .inexact = 1}, {.inexact = 3}}));
  EXPECT_EQ(measure_extent(rows({{1, "damaged"}}), 100, never).error().kind, ErrorKind::kCorrupt);
}

TEST_F(RowExtentTest, AnEmptyViewHoldsNothing) {
  const RowExtent extent = measure_extent(rows({}), 100, never).value();
  EXPECT_EQ(extent.cells, 0U);
  EXPECT_TRUE(extent.is_whole);
}

}  // namespace
}  // namespace hapax
