#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/checkpoint_store.hpp"

namespace hapax {

/// What every CheckpointStore does. A test program instantiates it with a way to open a store;
/// opening again without closing the folder's content stands for a restart.
struct CheckpointStoreUnderTest {
  virtual ~CheckpointStoreUnderTest() = default;
  /// Closes the store opened before, if any, and opens it again.
  virtual CheckpointStore& reopen() = 0;
};

class CheckpointStoreContract
    : public testing::TestWithParam<std::unique_ptr<CheckpointStoreUnderTest> (*)()> {
 protected:
  static Checkpoint first() {
    return {.meta = "one",
            .cells = {{"a", "1"}, {"b", "2"}, {"c", "3"}},
            .runs = {{BucketId(0), {{{.low = 1, .high = 9}, 10}, {{.low = 2, .high = 0}, 20}}}},
            .filters = {},
            .live_buckets = {BucketId(0)}};
  }
  static Checkpoint second() {
    return {.meta = "two",
            .cells = {{"b", "22"}},
            .runs = {{BucketId(0), {{{.low = 1, .high = 1}, 11}}},
                     {BucketId(1), {{{.low = 5, .high = 5}, 55}}}},
            .filters = {{BucketId(0), std::string(4096, 'f')}},
            .live_buckets = {BucketId(0), BucketId(1)}};
  }
  static std::vector<std::pair<std::string, std::string>> cells(CheckpointStore& store,
                                                                std::string_view from,
                                                                std::string_view to) {
    std::vector<std::pair<std::string, std::string>> cells;
    EXPECT_TRUE(store.scan_cells(from, to, [&](std::string_view key, std::string_view value) {
      cells.emplace_back(key, value);
      return true;
    }));
    return cells;
  }

  std::unique_ptr<CheckpointStoreUnderTest> opened_ = GetParam()();
};

TEST_P(CheckpointStoreContract, IsEmptyAtFirst) {
  CheckpointStore& store = opened_->reopen();
  EXPECT_EQ(store.meta().value(), std::nullopt);
  EXPECT_EQ(store.find_cell("a").value(), std::nullopt);
}

TEST_P(CheckpointStoreContract, FindsWhatWasWrittenAlsoAfterReopening) {
  ASSERT_TRUE(opened_->reopen().write(first()));
  CheckpointStore& store = opened_->reopen();
  EXPECT_EQ(store.meta().value(), "one");
  EXPECT_EQ(store.find_cell("b").value(), "2");
  EXPECT_EQ(store.find_id(BucketId(0), {.low = 1, .high = 9}).value(), 10U);
  EXPECT_EQ(store.find_id(BucketId(0), {.low = 9, .high = 1}).value(), std::nullopt);
}

TEST_P(CheckpointStoreContract, LaterValuesReplaceAndRunsAddUp) {
  CheckpointStore& store = opened_->reopen();
  ASSERT_TRUE(store.write(first()));
  ASSERT_TRUE(store.write(second()));
  EXPECT_EQ(store.meta().value(), "two");
  EXPECT_EQ(store.find_cell("b").value(), "22");
  EXPECT_EQ(store.find_id(BucketId(0), {.low = 2, .high = 0}).value(), 20U);
  EXPECT_EQ(store.find_id(BucketId(0), {.low = 1, .high = 1}).value(), 11U);
  EXPECT_EQ(store.find_id(BucketId(1), {.low = 5, .high = 5}).value(), 55U);
  EXPECT_EQ(store.find_id(BucketId(1), {.low = 1, .high = 1}).value(), std::nullopt);
  std::vector<SeenId> ids;
  ASSERT_TRUE(store.scan_ids(BucketId(0), [&](const SeenId& seen) { ids.push_back(seen); }));
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(store.filter(BucketId(0)).value(), std::string(4096, 'f'));
}

TEST_P(CheckpointStoreContract, TheSameCheckpointMayBeWrittenAgain) {
  CheckpointStore& store = opened_->reopen();
  ASSERT_TRUE(store.write(first()));
  ASSERT_TRUE(store.write(first()));
  EXPECT_EQ(store.find_id(BucketId(0), {.low = 1, .high = 9}).value(), 10U);
  int ids = 0;
  ASSERT_TRUE(store.scan_ids(BucketId(0), [&](const SeenId&) { ++ids; }));
  EXPECT_EQ(ids, 2);
}

TEST_P(CheckpointStoreContract, ScansAHalfOpenRangeInOrder) {
  CheckpointStore& store = opened_->reopen();
  ASSERT_TRUE(store.write(first()));
  const auto expected = std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(cells(store, "a", "c"), expected);
}

TEST_P(CheckpointStoreContract, DropsBucketsThatAreNotLive) {
  CheckpointStore& store = opened_->reopen();
  ASSERT_TRUE(store.write(first()));
  ASSERT_TRUE(store.write(second()));
  Checkpoint third{.meta = "three", .cells = {}, .runs = {}, .filters = {}, .live_buckets = {}};
  third.live_buckets = {BucketId(1)};
  ASSERT_TRUE(store.write(third));
  EXPECT_EQ(store.find_id(BucketId(0), {.low = 1, .high = 9}).has_value(), false);
  CheckpointStore& reopened = opened_->reopen();
  EXPECT_EQ(reopened.find_id(BucketId(0), {.low = 1, .high = 9}).has_value(), false);
  EXPECT_EQ(reopened.find_id(BucketId(1), {.low = 5, .high = 5}).value(), 55U);
}

TEST_P(CheckpointStoreContract, AMissingFilterIsCorrupt) {
  CheckpointStore& store = opened_->reopen();
  ASSERT_TRUE(store.write(first()));
  const Result<std::string> filter = store.filter(BucketId(0));
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().kind, ErrorKind::kCorrupt);
}

}  // namespace hapax
