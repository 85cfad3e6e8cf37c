// SPDX-License-Identifier: Apache-2.0
#include "core/time_math.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace hapax {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

std::int64_t floor_minute(std::int64_t micros) {
  return to_micros(floor_to(event_time_from_micros(micros), std::chrono::minutes(1)));
}

// Reliability row 5.
TEST(TimeMathTest, FloorsTowardsThePastOnBothSidesOf1970) {
  EXPECT_EQ(floor_minute(0), 0);
  EXPECT_EQ(floor_minute(1), 0);
  EXPECT_EQ(floor_minute(kMinute - 1), 0);
  EXPECT_EQ(floor_minute(kMinute), kMinute);
  EXPECT_EQ(floor_minute(-1), -kMinute);
  EXPECT_EQ(floor_minute(-kMinute), -kMinute);
  EXPECT_EQ(floor_minute(-kMinute - 1), -2 * kMinute);
}

TEST(TimeMathTest, TheSmallestTimesFloorToTheSmallestTime) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(floor_minute(kMin), kMin);
  EXPECT_EQ(floor_minute(kMin + 1), kMin);
}

TEST(TimeMathTest, AdditionStopsAtTheEnds) {
  constexpr auto kMax = EventTime::max();
  constexpr auto kMin = EventTime::min();
  EXPECT_EQ(saturating_add(kMax, Microseconds(1)), kMax);
  EXPECT_EQ(saturating_add(kMin, Microseconds(-1)), kMin);
  EXPECT_EQ(saturating_add(kMin, Microseconds(1)), event_time_from_micros(to_micros(kMin) + 1));
}

}  // namespace
}  // namespace hapax
