// SPDX-License-Identifier: Apache-2.0
// What of views is in memory, and what happens where that is short.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "testing/processor_harness.hpp"
#include "testing/random_cases.hpp"
#include "views/catalog/catalog_record.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;

constexpr PartitionId kFirst{0};
constexpr std::uint64_t kLimit = kIsSanitized ? 4'000'000 : 16'000'000;
constexpr std::uint64_t kBytesOfAUser = 300;  ///< At least.
constexpr std::size_t kBatch = 4;
constexpr const char* kSessions =
    R"~({"name":"v","per":"user","window":{"session":"30m","by":"1d"},"measures":{"a":"count"}})~";
constexpr const char* kUsers =
    R"~({"name":"users","window":{"tumbling":"1m"},"group_by":["user"],"measures":{"a":"count"}})~";

class ViewsMemoryTest : public testing::Test {
 protected:
  explicit ViewsMemoryTest(std::vector<std::string> specs = {kSessions})
      : processor_(1, settings(), specs) {}

  static ProcessorSettings settings() {
    ProcessorSettings settings = small_settings();
    settings.dedup.bucket_ids_min = 1U << 18U;
    settings.dedup.bucket_ids_max = 1U << 18U;
    settings.backfill_bytes = 1;
    settings.view.memory_bytes_max = kLimit;
    return settings;
  }
  ProcessorCore& core() { return *processor_.core; }
  std::uint64_t bytes() { return core().stats().view_bytes; }
  /// New ones, each with an event, all of them at one time but for `apart`.
  void add_users(std::uint64_t count, seconds apart = seconds(0)) {
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < count; ++i) {
      names.push_back(std::string("u").append(std::to_string(users_++)));
    }
    for (std::size_t begin = 0; begin < names.size(); begin += kBatch) {
      std::vector<EventView> events;
      for (std::size_t i = begin; i < std::min(begin + kBatch, names.size()); ++i) {
        events.push_back(shop_event(names[i], apart * events_++, names[i]));
        events.back().user_id = names[i];
      }
      processor_.log.add(kFirst, events);
    }
    ASSERT_TRUE(processor_.drain());
  }
  void fill(std::uint64_t bytes) { add_users(bytes / kBytesOfAUser); }
  void evict_all() {
    while (core().evict()) {
    }
  }

  ProcessorHarness processor_;
  int users_ = 0;
  int events_ = 0;
};

TEST_F(ViewsMemoryTest, WhereNothingIsStoredACheckpointIsMadeAtOnce) {
  fill(kLimit / 4);
  EXPECT_FALSE(core().checkpoint_urgent());
  fill(kLimit);
  EXPECT_FALSE(core().evict());
  EXPECT_GT(bytes(), kLimit);
  EXPECT_TRUE(core().checkpoint_urgent());
}

TEST_F(ViewsMemoryTest, AfterACheckpointAnEighthOfItIsFreedAndNoMore) {
  fill(kLimit);
  ASSERT_TRUE(core().checkpoint());
  evict_all();
  EXPECT_LT(bytes(), kLimit - kLimit / 8);
  EXPECT_GT(bytes(), kLimit / 2);
}

TEST_F(ViewsMemoryTest, AsLongAsStoredOnesMakeRoomNoCheckpointIsMade) {
  fill(kLimit);
  ASSERT_TRUE(core().checkpoint());
  add_users(1);
  EXPECT_FALSE(core().checkpoint_urgent()) << "right after one";
  for (int i = 0; i < 4; ++i) {
    fill(kLimit / 10);
    EXPECT_FALSE(core().checkpoint_urgent()) << i;
    EXPECT_LT(bytes(), kLimit + kLimit / 10);
  }
  fill(kLimit);
  EXPECT_TRUE(core().checkpoint_urgent());
}

TEST_F(ViewsMemoryTest, AtTwiceTheLimitProcessingWaitsUntilTheCheckpointIsWritten) {
  fill(kLimit);
  EXPECT_FALSE(core().must_wait());
  fill(kLimit + kLimit / 4);
  EXPECT_TRUE(core().must_wait());
  const auto frozen = core().freeze();
  EXPECT_TRUE(core().must_wait());
  ASSERT_TRUE(write_state(*frozen, processor_.store));
  core().commit(*frozen);
  evict_all();
  EXPECT_FALSE(core().must_wait());
  EXPECT_LT(bytes(), kLimit);
}

TEST_F(ViewsMemoryTest, ProcessingWaitsUntilStoredOnesHaveMadeRoom) {
  fill(kLimit + kLimit / 4);
  ASSERT_TRUE(core().checkpoint());
  EXPECT_TRUE(core().must_wait());
  while (core().must_wait()) {
    EXPECT_GE(bytes(), kLimit);
    ASSERT_TRUE(core().evict());
  }
  EXPECT_LT(bytes(), kLimit);
}

TEST_F(ViewsMemoryTest, AfterAFailureNothingIsForgotten) {
  fill(kLimit);
  ASSERT_TRUE(core().checkpoint());
  core().fail({ErrorKind::kInternal, "an exception"});
  const std::uint64_t before = bytes();
  EXPECT_FALSE(core().evict());
  EXPECT_EQ(bytes(), before);
}

class MemoryOfViewsTest : public ViewsMemoryTest {
 protected:
  MemoryOfViewsTest() : ViewsMemoryTest({}) {}

  void declare(const std::vector<std::string>& specs) {
    processor_.views.catalog.set(specs);
    const std::string said =
        encode_announcement({.number = processor_.views.catalog.newest_number()});
    processor_.log
        .append_control(control_record(kCatalogControl, said), [](const Result<Receipt>&) {})
        .value();
    processor_.log.sync();
  }
};

TEST_F(MemoryOfViewsTest, WhatWasTouchedLastStaysWhicheverViewItIsOf) {
  declare({kSessions, R"({"name":"all","measures":{"a":"count"}})"});
  ASSERT_TRUE(processor_.drain());
  add_users(2 * kLimit / kBytesOfAUser);
  ASSERT_TRUE(core().checkpoint());
  add_users(1);
  ASSERT_TRUE(core().checkpoint());
  const std::uint64_t cells = core().stats().hot_cells;
  EXPECT_EQ(cells, 2U);
  ASSERT_GT(bytes(), kLimit - kLimit / 8);
  evict_all();
  EXPECT_LT(bytes(), kLimit);
  EXPECT_EQ(core().stats().hot_cells, cells);
}

TEST_F(MemoryOfViewsTest, WindowsThatAreOverStayForAViewInTheMaking) {
  add_users(400, seconds(1));
  declare({kUsers});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(core().step());
  }
  ASSERT_EQ(core().report_views().front().state, ViewState::kBackfilling);
  ASSERT_TRUE(core().checkpoint());
  const std::uint64_t cells = core().stats().hot_cells;
  EXPECT_GT(cells, 50U);
  evict_all();
  EXPECT_EQ(core().stats().hot_cells, cells) << "the next event of the log may be of them";
  ASSERT_TRUE(processor_.drain());
  ASSERT_TRUE(core().checkpoint());
  evict_all();
  EXPECT_LT(core().stats().hot_cells, cells) << "it is live";
}

}  // namespace
}  // namespace hapax
