// SPDX-License-Identifier: Apache-2.0
#include "stream/watermark.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "stream/partials.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;

// Bound 10 s, idle timeout 10 s, so half of it is 5 s.
constexpr WatermarkSettings kSettings;

EventTime event_at(std::int64_t s) {
  return EventTime(seconds(s));
}
ProcessingTime received_at(std::int64_t s) {
  return ProcessingTime(seconds(s));
}

TEST(PartitionWatermarkTest, CombinedItIsAsIfAllEventsHadComeToOne) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    Partials<PartitionWatermark> partials{PartitionWatermark(kSettings)};
    PartitionWatermark expected(kSettings);
    for (int i = 0; i < 20; ++i) {
      const ClockEpoch epoch(random() % 3);
      const EventTime event = event_at(static_cast<std::int64_t>(random() % 1'000));
      const ProcessingTime received = received_at(static_cast<std::int64_t>(random() % 1'000));
      partials.at(epoch).arrive(received);
      partials.at(epoch).pass(event, received);
      expected.arrive(received);
      expected.pass(event, received);
    }
    partials.merge(ClockEpoch(1));
    partials.merge(ClockEpoch(2));
    EXPECT_TRUE(partials.doubted().empty());
    EXPECT_EQ(partials.undoubted().value(), expected.value());
    EXPECT_EQ(partials.undoubted().newest_received(), expected.newest_received());
  }
}

TEST(PartitionWatermarkTest, FollowsTheGreatestEventTimeByTheBound) {
  PartitionWatermark watermark(kSettings);
  EXPECT_EQ(watermark.value(), kWatermarkMin);
  EXPECT_FALSE(watermark.started());
  watermark.arrive(received_at(100));
  watermark.pass(event_at(100), received_at(100));
  EXPECT_EQ(watermark.value(), event_at(90));
  watermark.pass(event_at(95), received_at(101));
  EXPECT_EQ(watermark.value(), event_at(90));
}

// Reliability row 2: ten years ahead is believed no more than our own clock.
TEST(PartitionWatermarkTest, AClockInTheFutureMovesItNoFurtherThanOurOwn) {
  PartitionWatermark watermark(kSettings);
  watermark.arrive(received_at(100));
  watermark.pass(event_at(100 + 10 * 365 * 86'400), received_at(100));
  EXPECT_EQ(watermark.value(), event_at(90));
}

TEST(PartitionWatermarkTest, OldEventsMoveItByTheTimeOfTheirArrival) {
  PartitionWatermark watermark(kSettings);
  watermark.arrive(received_at(100));
  watermark.pass(event_at(5), received_at(100));
  EXPECT_EQ(watermark.value(), event_at(85));
}

// Reliability row 32.
TEST(PartitionWatermarkTest, OurClockSteppingBackDoesNotMoveItBack) {
  PartitionWatermark watermark(kSettings);
  watermark.arrive(received_at(100));
  watermark.pass(event_at(100), received_at(100));
  watermark.arrive(received_at(40));
  watermark.pass(event_at(40), received_at(40));
  EXPECT_EQ(watermark.value(), event_at(90));
  EXPECT_EQ(watermark.newest_received(), received_at(100));
}

TEST(PartitionWatermarkTest, TheSmallestTimesDoNotWrap) {
  PartitionWatermark watermark(kSettings);
  watermark.arrive(ProcessingTime::min());
  watermark.pass(EventTime::min(), received_at(0));
  EXPECT_EQ(watermark.value(), kWatermarkMin);
}

// Reliability row 1.
TEST(GlobalWatermarkTest, ASilentPartitionThatIsCaughtUpHoldsNobodyBack) {
  const std::array partitions = {
      PartitionProgress{.watermark = event_at(1'000), .started = true, .caught_up = true},
      PartitionProgress{.watermark = event_at(100), .started = true, .caught_up = true}};
  EXPECT_EQ(global_watermark(partitions, received_at(1'010), kSettings), event_at(990));
}

TEST(GlobalWatermarkTest, APartitionThatIsBehindHoldsTheOthersBack) {
  const std::array partitions = {
      PartitionProgress{.watermark = event_at(1'000), .started = true, .caught_up = true},
      PartitionProgress{.watermark = event_at(100), .started = true, .caught_up = false}};
  EXPECT_EQ(global_watermark(partitions, received_at(1'010), kSettings), event_at(100));
}

// Its first event may be as late as any after a silence.
TEST(GlobalWatermarkTest, APartitionThatNeverHadAnEventCountsAsASilentOne) {
  const std::array partitions = {
      PartitionProgress{.watermark = event_at(1'000), .started = true, .caught_up = true},
      PartitionProgress{.caught_up = true}};
  EXPECT_EQ(global_watermark(partitions, received_at(1'010), kSettings), event_at(990));
  EXPECT_EQ(global_watermark(partitions, received_at(5'000), kSettings), event_at(4'980));
}

TEST(GlobalWatermarkTest, WithoutAnyEventThereIsNone) {
  const std::array partitions = {PartitionProgress{.caught_up = true}};
  EXPECT_EQ(global_watermark(partitions, received_at(1'000), kSettings), kWatermarkMin);
  EXPECT_EQ(global_watermark({}, received_at(1'000), kSettings), kWatermarkMin);
}

TEST(GlobalWatermarkTest, APartitionThatWaitsToBeReadHoldsTheOthersBack) {
  const std::array partitions = {
      PartitionProgress{.watermark = event_at(1'000), .started = true, .caught_up = true},
      PartitionProgress{.started = false, .caught_up = false}};
  EXPECT_EQ(global_watermark(partitions, received_at(1'010), kSettings), kWatermarkMin);
}

// Reliability row 1b: after any silence an event that is on time by our clock is on time.
TEST(GlobalWatermarkTest, AllSilentItStaysBehindOurClockAndWhatComesNextIsOnTime) {
  PartitionWatermark watermark(kSettings);
  watermark.arrive(received_at(100));
  watermark.pass(event_at(100), received_at(100));
  const std::array silent = {
      PartitionProgress{.watermark = watermark.value(), .started = true, .caught_up = true}};
  const EventTime published = global_watermark(silent, received_at(10'000), kSettings);
  EXPECT_EQ(published, event_at(9'980));

  watermark.arrive(received_at(10'000));
  EXPECT_LE(published, watermark.value());
  const EventTime end = event_at(10'020);  // Of the minute that holds 9,999.
  EXPECT_FALSE(is_closed(end, watermark.value()));
}

// Reliability row 3: the promise is about times below the watermark, windows are half open.
TEST(WatermarkTest, BoundariesOfWatermarkAndWindow) {
  const EventTime end = event_at(60);
  EXPECT_FALSE(is_closed(end, event_at(60) - Microseconds(1)));
  EXPECT_TRUE(is_closed(end, event_at(60)));
  EXPECT_TRUE(is_closed(end, event_at(60) + Microseconds(1)));
}

}  // namespace
}  // namespace hapax
