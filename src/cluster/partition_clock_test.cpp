// SPDX-License-Identifier: Apache-2.0
#include "cluster/partition_clock.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using std::chrono::hours;

ProcessingTime at(Microseconds time) {
  return ProcessingTime(time);
}

TEST(PartitionClockTest, ACollectorAMonthAheadMovesItAsFarAsTheTopicsOwnClock) {
  PartitionClock clock;
  clock.pass(at(hours(24 * 30)), at(hours(5)));
  EXPECT_EQ(clock.now(), at(hours(5)));
}

TEST(PartitionClockTest, NeverGoesBackForACollectorThatIsBehind) {
  PartitionClock clock;
  clock.pass(at(hours(5)), at(hours(5)));
  clock.pass(at(hours(4)), at(hours(6)));
  EXPECT_EQ(clock.now(), at(hours(5)));
}

TEST(PartitionClockTest, ADeliveryThatWasHeldDoesNotMakeItLater) {
  PartitionClock clock;
  clock.pass(at(hours(5)), at(hours(7)));
  EXPECT_EQ(clock.now(), at(hours(5)));
}

}  // namespace
}  // namespace hapax
