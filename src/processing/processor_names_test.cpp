// SPDX-License-Identifier: Apache-2.0
// The limit of new names over the life of a processor: what its log and its checkpoints know.
#include <gtest/gtest.h>

#include <string>

#include "testing/processor_harness.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr PartitionId kFirst{0};
constexpr PartitionId kSecond{1};

ProcessorSettings settings_of(std::uint64_t new_per_day) {
  ProcessorSettings settings = small_settings();
  settings.new_names_per_day = new_per_day;
  return settings;
}

class ProcessorNamesTest : public testing::Test {
 protected:
  /// An event in the log, durable.
  void add(const std::string& name, seconds at = seconds(0), PartitionId partition = kFirst) {
    const std::string id = std::to_string(++ids_);
    EventView event = shop_event(id, at);
    event.name = name;
    processor_.log.add(partition, {event});
  }
  bool admit(const std::string& name, seconds at = seconds(0)) {
    return processor_.core->names().admit("shop", name, shop_event("", at).received_at);
  }
  bool enforced() { return processor_.core->names().enforced(); }
  void checkpoint() { ASSERT_TRUE(processor_.core->checkpoint()); }
  void start_with(std::uint64_t new_per_day) {
    processor_.settings.new_names_per_day = new_per_day;
    processor_.open();
  }

  ProcessorHarness processor_{2, settings_of(2)};
  int ids_ = 0;
};

TEST_F(ProcessorNamesTest, AnEmptyLogHasNothingToRead) {
  EXPECT_TRUE(enforced());
}

TEST_F(ProcessorNamesTest, ARestartGoesOnWithTheDaysCount) {
  ASSERT_TRUE(admit("a"));
  add("a");
  ASSERT_TRUE(admit("b"));
  add("b");
  ASSERT_TRUE(processor_.drain());
  for (const bool crash : {false, true}) {
    if (!crash) {
      checkpoint();
    }
    processor_.open();
    ASSERT_TRUE(processor_.drain());
    EXPECT_TRUE(enforced());
    EXPECT_TRUE(admit("a")) << "a known name passes";
    EXPECT_FALSE(admit("c")) << "the count of the day goes on";
    EXPECT_TRUE(admit("tomorrow", hours(24)));
  }
}

TEST_F(ProcessorNamesTest, WithTheStateTheTailOfTheLogIsReadBeforeItIsEnforced) {
  add("a");
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  add("b");
  add("c", seconds(0), kSecond);
  processor_.open();
  EXPECT_FALSE(enforced());
  EXPECT_TRUE(admit("anything"));
  ASSERT_TRUE(processor_.core->step());
  EXPECT_FALSE(enforced()) << "each partition is read to its end";
  ASSERT_TRUE(processor_.drain());
  EXPECT_TRUE(enforced());
  EXPECT_TRUE(admit("b"));
  EXPECT_TRUE(admit("c"));
  EXPECT_FALSE(admit("d")) << "a, b and c were more than may be new";
}

TEST_F(ProcessorNamesTest, ItIsEnforcedAtTheEndOfTheStartThoughTheLogGoesOn) {
  add("a");
  processor_.open();
  EXPECT_FALSE(enforced());
  add("b");
  ASSERT_TRUE(processor_.core->step());
  EXPECT_TRUE(enforced());
}

TEST_F(ProcessorNamesTest, WithoutStateItIsOffUntilTheRebuildIsThrough) {
  add("a");
  add("b");
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  processor_.store = MemoryStateStore();
  processor_.open();
  EXPECT_FALSE(enforced());
  EXPECT_TRUE(admit("c"));
  ASSERT_TRUE(processor_.drain());
  EXPECT_TRUE(enforced());
  EXPECT_TRUE(admit("a"));
  EXPECT_FALSE(admit("c"));
}

TEST_F(ProcessorNamesTest, ANameIsKnownAsLongAsItsCellIs) {
  add("a");
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  processor_.open();
  EXPECT_TRUE(admit("x", hours(24 * 400)));
  EXPECT_TRUE(admit("y", hours(24 * 400)));
  EXPECT_FALSE(admit("z", hours(24 * 400)));
  EXPECT_TRUE(admit("a", hours(24 * 400)));
}

TEST_F(ProcessorNamesTest, AnEventOfAnotherDayMovesTheLastDay) {
  add("a");
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  const auto before = processor_.store.table("names");
  add("a", seconds(1));
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  EXPECT_EQ(processor_.store.table("names"), before) << "nothing new is nothing to write";
  EventView delivered_late = shop_event("late", hours(24));
  delivered_late.name = "a";
  delivered_late.event_time = shop_event("", seconds(0)).event_time;  // Of the same cell.
  processor_.log.add(kFirst, {delivered_late});
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  const auto after = processor_.store.table("names");
  ASSERT_EQ(after.size(), 1U);
  EXPECT_NE(after.begin()->second, before.begin()->second);
}

TEST_F(ProcessorNamesTest, DeadLettersAndDuplicatesTeachNoName) {
  EventView event = shop_event("1", seconds(0));
  event.name = "a";
  EventView duplicate = event;
  duplicate.name = "b";
  EventView dead = shop_event("2", seconds(0));
  dead.name = "c";
  dead.rejection = RejectionView{.code = "too_many_names", .reason = "x", .original = "{}"};
  processor_.log.add(kFirst, {event, duplicate, dead});
  ASSERT_TRUE(processor_.drain());
  EXPECT_EQ(processor_.core->names().learned(), 1U);
}

TEST_F(ProcessorNamesTest, AStateThatWasWrittenWithoutALimitKnowsTheNamesOfItsCells) {
  start_with(0);
  EventView doubted = shop_event("in doubt", seconds(0));
  doubted.name = "b";
  doubted.clock_epoch = 1;
  add("a");
  processor_.log.add(kFirst, {doubted});
  ASSERT_TRUE(processor_.drain());
  EXPECT_TRUE(admit("x") && admit("y") && admit("z"));
  checkpoint();
  EXPECT_TRUE(processor_.store.table("names").empty());
  start_with(2);
  EXPECT_TRUE(enforced());
  EXPECT_TRUE(admit("a"));
  EXPECT_TRUE(admit("b"));
  EXPECT_FALSE(admit("c")) << "both are of today";
  add("a", seconds(1));
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  EXPECT_EQ(processor_.store.table("names").size(), 2U);
  processor_.open();
  EXPECT_TRUE(admit("a"));
  EXPECT_TRUE(admit("b"));
  EXPECT_FALSE(admit("c"));
}

TEST_F(ProcessorNamesTest, WithoutALimitWhatWasStoredUnderOneIsDropped) {
  add("a");
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  EXPECT_EQ(processor_.store.table("names").size(), 1U);
  start_with(0);
  add("b");
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  EXPECT_TRUE(processor_.store.table("names").empty());
  start_with(2);
  EXPECT_TRUE(admit("a"));
  EXPECT_TRUE(admit("b"));
  EXPECT_FALSE(admit("c"));
}

TEST_F(ProcessorNamesTest, AFailedCheckpointLosesNoName) {
  add("a");
  ASSERT_TRUE(processor_.drain());
  processor_.store.fail_writes(Error{ErrorKind::kExhausted, "full"});
  EXPECT_FALSE(processor_.core->checkpoint());
  processor_.store.fail_writes(std::nullopt);
  add("b");
  ASSERT_TRUE(processor_.drain());
  checkpoint();
  EXPECT_EQ(processor_.store.table("names").size(), 2U);
  processor_.open();
  EXPECT_FALSE(admit("c"));
}

}  // namespace
}  // namespace hapax
