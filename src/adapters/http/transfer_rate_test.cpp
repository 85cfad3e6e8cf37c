// SPDX-License-Identifier: Apache-2.0
#include "adapters/http/transfer_rate.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// A client that sends at times of its choice.
class TransferRateTest : public testing::Test {
 protected:
  void send(std::size_t bytes) { deadline_ = kRate.extended(deadline_, now_, bytes); }
  void pass(TransferRate::Time time) { now_ += time; }
  bool too_slow() const { return now_ > deadline_; }

  static constexpr TransferRate kRate{.grace = seconds(10), .bytes_per_second_min = 1000};
  TransferRate::Time now_ = hours(1);
  TransferRate::Time deadline_ = now_ + kRate.grace;
};

TEST_F(TransferRateTest, ASteadyClientTakesAsLongAsItNeeds) {
  for (int second = 0; second < 4 * 3600; ++second) {
    pass(seconds(1));
    ASSERT_FALSE(too_slow()) << second;
    send(1000);
  }
}

TEST_F(TransferRateTest, APauseOfTheGraceIsNoFault) {
  send(100'000);
  for (int burst = 0; burst < 100; ++burst) {
    pass(seconds(10));
    ASSERT_FALSE(too_slow()) << burst;
    send(10'000);
  }
}

TEST_F(TransferRateTest, AByteASecondEndsWithTheGrace) {
  int second = 0;
  for (; !too_slow(); ++second) {
    send(1);
    pass(seconds(1));
  }
  EXPECT_EQ(second, 11);
}

TEST_F(TransferRateTest, HalfTheRateLastsTwiceTheGrace) {
  int second = 0;
  for (; !too_slow(); ++second) {
    send(500);
    pass(seconds(1));
  }
  EXPECT_EQ(second, 20);
}

TEST_F(TransferRateTest, WhatCameQuicklyBuysNoMoreThanTheGrace) {
  send(4U << 20U);
  pass(seconds(10));
  EXPECT_FALSE(too_slow());
  pass(seconds(1));
  EXPECT_TRUE(too_slow());
}

}  // namespace
}  // namespace hapax
