// SPDX-License-Identifier: Apache-2.0
#include "collector/event_time_counts.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using enum EventTimeReason;

constexpr Microseconds kTick{1};

TEST(EventTimeCountsTest, CountsByReasonAndSize) {
  EventTimeCounts counts;
  EXPECT_TRUE(counts.empty());
  counts.add({.event_time = {}, .reason = kAsSent, .size = hours(1)});
  EXPECT_TRUE(counts.empty());
  for (const Microseconds size :
       {Microseconds(seconds(1)), seconds(1) + kTick, Microseconds(minutes(1)),
        Microseconds(hours(1)), Microseconds(hours(24)), hours(24) + kTick}) {
    counts.add({.event_time = {}, .reason = kBehindLeft, .size = size});
  }
  EventTimeCounts sum;
  sum.add({.event_time = {}, .reason = kTooFarAhead, .size = hours(1)});
  sum.add(counts);
  std::string shown;
  for (const EventTimeCount& count : sum.list()) {
    shown += std::string(count.reason) + " " + std::string(count.size) + " " +
             std::to_string(count.events) + ",";
  }
  EXPECT_EQ(shown,
            "behind_left 1s 1,behind_left 1m 2,behind_left 1h 1,behind_left 1d 1,"
            "behind_left more 1,too_far_ahead 1h 1,");
}

}  // namespace
}  // namespace hapax
