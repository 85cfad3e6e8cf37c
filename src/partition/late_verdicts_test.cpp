// SPDX-License-Identifier: Apache-2.0
#include "partition/late_verdicts.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using std::chrono::milliseconds;

constexpr PartitionId kOne{1};
constexpr PartitionId kOther{2};

class LateVerdictsTest : public testing::Test {
 protected:
  LateVerdictsTest() { verdicts_.look({}, milliseconds(now_)); }

  /// For so long, in rounds of 10 ms.
  bool look(const std::map<PartitionId, Offset>& lacking, int length) {
    for (const int end = now_ + length; now_ < end; now_ += 10) {
      verdicts_.look(lacking, milliseconds(now_));
    }
    return verdicts_.are_late(milliseconds(now_));
  }

  int now_ = 1'000'000;
  LateVerdicts verdicts_{milliseconds(500), milliseconds(3000)};
};

TEST_F(LateVerdictsTest, TheSameEventThatLacksItsVerdictForLongIsLate) {
  EXPECT_FALSE(look({{kOne, Offset(7)}}, 500));
  EXPECT_TRUE(look({{kOne, Offset(7)}}, 10));
}

TEST_F(LateVerdictsTest, EventsThatAreCountedOneAfterTheOtherAreNot) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_FALSE(look({{kOne, Offset(i)}}, 400));
  }
}

TEST_F(LateVerdictsTest, WhereRoundsTakeLongVerdictsMay) {
  for (int round = 0; round < 8; ++round) {
    now_ += 400;
    EXPECT_FALSE(look({{kOne, Offset(7)}}, 10));
  }
  EXPECT_TRUE(look({{kOne, Offset(7)}}, 100));
}

TEST_F(LateVerdictsTest, ThatThisProcessStoodStillIsNoDelay) {
  EXPECT_FALSE(look({{kOne, Offset(7)}}, 100));
  now_ += 3'600'000;
  EXPECT_FALSE(look({{kOne, Offset(7)}}, 100));
}

TEST_F(LateVerdictsTest, ThatThereIsNothingToCountIsNoDelay) {
  look({{kOne, Offset(7)}}, 300);
  look({}, 200);
  EXPECT_FALSE(look({{kOne, Offset(7)}}, 300));
}

TEST_F(LateVerdictsTest, OnePartitionThatGoesOnDoesNotHideAnother) {
  look({{kOne, Offset(1)}, {kOther, Offset(1)}}, 300);
  look({{kOne, Offset(2)}, {kOther, Offset(1)}}, 190);
  EXPECT_TRUE(look({{kOne, Offset(3)}, {kOther, Offset(1)}}, 30));
}

TEST_F(LateVerdictsTest, ItIsRememberedForAWhile) {
  ASSERT_TRUE(look({{kOne, Offset(1)}}, 510));
  EXPECT_TRUE(look({{kOne, Offset(2)}}, 400));
  EXPECT_TRUE(look({}, 2580));
  EXPECT_FALSE(look({}, 10));
}

}  // namespace
}  // namespace hapax
