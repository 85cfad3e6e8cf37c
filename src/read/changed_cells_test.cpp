// SPDX-License-Identifier: Apache-2.0
#include "read/changed_cells.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hapax {
namespace {

Cell cell(const std::string& event, std::uint64_t count) {
  return {.start = EventTime{}, .source = "web", .event = event, .count = count};
}

class ChangedCellsTest : public testing::Test {
 protected:
  void add(std::vector<Cell> cells) {
    const ViewAnswer change{.watermark = {}, .complete_until = {}, .cells = std::move(cells)};
    last_ += ChangedCells::version_count(change);
    changed_.add(change, last_);
  }

  /// "a=1 b=2": what `limit` cells after `version` say; `version` moves on.
  std::string after(ChangedCells::Version& version, std::size_t limit = 100) {
    std::string text;
    version = changed_.visit_after(version, [&](const Cell& cell) {
      text += (text.empty() ? "" : " ") + cell.event + "=" + std::to_string(cell.count);
      return --limit > 0;
    });
    return text;
  }

  ChangedCells changed_;
  ChangedCells::Version last_ = 0;
};

TEST_F(ChangedCellsTest, TellsEachReaderWhatItDoesNotKnow) {
  ChangedCells::Version reader = 0;
  add({cell("a", 1), cell("b", 1)});
  EXPECT_EQ(after(reader), "a=1 b=1");
  EXPECT_EQ(after(reader), "");
  add({cell("b", 2)});
  EXPECT_EQ(after(reader), "b=2");
}

TEST_F(ChangedCellsTest, WhoIsBehindGetsEachCellOnceWithItsNewestValue) {
  ChangedCells::Version reader = 0;
  add({cell("a", 1), cell("b", 1)});
  add({cell("a", 2)});
  add({cell("c", 1), cell("a", 3)});
  EXPECT_EQ(after(reader), "b=1 c=1 a=3");
  EXPECT_EQ(changed_.count(), 3U);
}

TEST_F(ChangedCellsTest, GoesOnWhereAPieceEnded) {
  ChangedCells::Version reader = 0;
  add({cell("a", 1), cell("b", 1), cell("c", 1)});
  EXPECT_EQ(after(reader, 2), "a=1 b=1");
  add({cell("a", 2)});
  EXPECT_EQ(after(reader, 1), "c=1");
  EXPECT_EQ(after(reader, 1), "a=2");
  EXPECT_EQ(reader, changed_.newest());
}

TEST_F(ChangedCellsTest, AChangeWithoutCellsIsNewsToo) {
  ChangedCells::Version reader = 0;
  add({});
  EXPECT_LT(reader, changed_.newest());
  EXPECT_EQ(after(reader), "");
  EXPECT_EQ(reader, changed_.newest());
}

TEST_F(ChangedCellsTest, SaysWhomItDoesNotReachAnyMore) {
  ChangedCells::Version slow = 0;
  ChangedCells::Version reader = 0;
  add({cell("a", 1), cell("b", 1), cell("c", 1)});
  after(reader, 1);
  EXPECT_TRUE(changed_.reaches(slow));
  changed_.keep_newest(2);
  EXPECT_EQ(changed_.count(), 2U);
  EXPECT_FALSE(changed_.reaches(slow));
  EXPECT_TRUE(changed_.reaches(reader));
  EXPECT_EQ(after(reader), "b=1 c=1");
}

TEST_F(ChangedCellsTest, ForgetsWhatAllKnow) {
  ChangedCells::Version reader = 0;
  add({cell("a", 1), cell("b", 1)});
  after(reader);
  changed_.forget(reader);
  EXPECT_EQ(changed_.count(), 0U);
  add({cell("a", 2)});
  EXPECT_TRUE(changed_.reaches(reader));
  EXPECT_EQ(after(reader), "a=2");
}

}  // namespace
}  // namespace hapax
