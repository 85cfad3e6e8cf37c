// SPDX-License-Identifier: Apache-2.0
#include "processing/settings_in_force.hpp"

#include <gmock/gmock.h>

#include "testing/memory_catalog.hpp"
#include "testing/processor_harness.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Microseconds kDay = hours(24);

ResultSettings window_of(Microseconds window) {
  return {.dedup_window = window};
}

/// Starts of a server on one log: each puts its settings in force, then opens its processor.
class SettingsInForceTest : public testing::Test {
 protected:
  /// A control record is durable at once.
  Result<SettingsChange> start(const ResultSettings& wanted, bool may_forget = false) {
    world_.settings.results = wanted;
    world_.log.settle_at_once();
    auto change = put_in_force(wanted, may_forget, world_.log, world_.arrivals);
    if (change) {
      world_.open();
    }
    return change;
  }
  /// One event under `id`, received `age` after the epoch of shop_event, which is our clock then.
  void receive(std::string_view id, Microseconds age, std::uint32_t partition = 0) {
    const EventView event = shop_event(id, std::chrono::duration_cast<seconds>(age));
    world_.clock.set_now(event.received_at);
    world_.log.add(PartitionId(partition), {event});
    ASSERT_TRUE(world_.drain());
    ASSERT_TRUE(world_.core->checkpoint());
  }
  std::uint64_t duplicates() { return world_.books("shop").duplicate; }
  /// The books of a processor that begins with an empty state.
  SourceAudit rebuilt() {
    ProcessorSettings other = world_.settings;
    other.results = {};  // Whatever this start says: the log knows better.
    MemoryStateStore empty;
    MemoryVerdicts none(world_.log.partition_count());
    TestViews views;
    const auto core = ProcessorCore::open(other, {world_.log, empty, world_.arrivals, *none.log,
                                                  views.catalog, views.served})
                          .value();
    while (core->step().value()) {
    }
    return core->audit().sources.at(0);
  }

  ProcessorHarness world_{2};
};

// Reliability row 50: 30 days, 7 days, 30 days.
TEST_F(SettingsInForceTest, AWindowThatShrinksForgetsForGoodAndOnlyWhenItMay) {
  ASSERT_TRUE(start(window_of(30 * kDay)));
  receive("old", Microseconds(0));
  const auto refused = start(window_of(7 * kDay));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("dedup.may_forget"));

  ASSERT_TRUE(start(window_of(7 * kDay), true));
  receive("new", 20 * kDay);
  ASSERT_TRUE(start(window_of(30 * kDay)));
  receive("old", 20 * kDay + hours(1));  // Forgotten under seven days, and not found again.
  receive("new", 40 * kDay);
  EXPECT_EQ(duplicates(), 1U);
  EXPECT_EQ(rebuilt().duplicate, duplicates());
}

TEST_F(SettingsInForceTest, AWindowThatGrowsKnowsWhatWasNotForgotten) {
  ASSERT_TRUE(start(window_of(7 * kDay)));
  receive("a", Microseconds(0));
  ASSERT_TRUE(start(window_of(30 * kDay)));
  receive("a", 20 * kDay);
  EXPECT_EQ(duplicates(), 1U);
  EXPECT_EQ(rebuilt().duplicate, 1U);
}

TEST_F(SettingsInForceTest, AWindowThatGrowsSaysFromWhenItHoldsInFull) {
  ASSERT_TRUE(start(window_of(7 * kDay)));
  EXPECT_EQ(world_.core->audit().partitions.at(0).window_full_from, std::nullopt);
  receive("a", 20 * kDay);
  const ProcessingTime then = shop_event("a", hours(20 * 24)).received_at;
  EXPECT_LE(world_.core->audit().partitions.at(0).window_full_from, then);
  ASSERT_TRUE(start(window_of(30 * kDay)));
  ASSERT_TRUE(world_.drain());
  const auto full = world_.core->audit().partitions.at(0).window_full_from;
  EXPECT_GT(full, then + 21 * kDay) << "what was received up to 8.75 days ago may be forgotten";
  EXPECT_LE(full, then + 23 * kDay);
  EXPECT_EQ(world_.core->stats().window_full_from, full);
  receive("b", 60 * kDay);
  EXPECT_LE(world_.core->audit().partitions.at(0).window_full_from, then + 40 * kDay);
}

// Its ids went with the memory that others' events reclaimed, so a rebuild must not find them
// again.
TEST_F(SettingsInForceTest, AWindowThatGrowsFindsNothingThatASilentPartitionHadForgotten) {
  ASSERT_TRUE(start(window_of(kDay)));
  receive("old", Microseconds(0), 0);
  receive("other", 3 * kDay, 1);
  ASSERT_TRUE(world_.drain());
  ASSERT_TRUE(start(window_of(30 * kDay)));
  receive("old", 3 * kDay + hours(1), 0);
  EXPECT_EQ(duplicates(), 0U);
  EXPECT_EQ(rebuilt().duplicate, 0U);
}

TEST_F(SettingsInForceTest, SaysNothingTwiceAndIsOutsideOfTheBooks) {
  EXPECT_TRUE(start({}).value().changed);
  EXPECT_FALSE(start({}).value().changed);
  receive("a", Microseconds(0));
  EXPECT_EQ(world_.log.end_offsets()[0], Offset(2));
  EXPECT_EQ(world_.books("shop").received, 1U);
  const auto partition = world_.core->audit().partitions.at(0);
  EXPECT_EQ(partition.processed, Offset(2));
  EXPECT_EQ(partition.log_digest, partition.processed_digest);
}

TEST_F(SettingsInForceTest, LatenessFollowsTheSettingsOfTheRecordsNotOfTheStart) {
  ASSERT_TRUE(start({.out_of_order_bound = hours(1)}));
  receive("a", hours(10));
  EventView straggler = shop_event("b", hours(10));
  straggler.event_time -= std::chrono::minutes(30);
  world_.log.add(PartitionId(0), {straggler});
  ASSERT_TRUE(world_.drain());
  EXPECT_EQ(world_.books("shop").late, 0U);
  ASSERT_TRUE(start({.out_of_order_bound = seconds(1)}));
  straggler.message_id = "c";
  world_.log.add(PartitionId(0), {straggler});
  ASSERT_TRUE(world_.drain());
  EXPECT_EQ(world_.books("shop").late, 1U);
  EXPECT_EQ(rebuilt().late, 1U);
}

TEST_F(SettingsInForceTest, AFailedAppendIsTheStartsError) {
  world_.log.settle_at_once(Error{ErrorKind::kUnavailable, "bad disk"});
  const auto failed = put_in_force({}, false, world_.log, world_.arrivals);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hapax
