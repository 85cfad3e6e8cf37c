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
  bool look(const std::map<PartitionId, Offset>& lacking, int now, int times = 10) {
    for (int i = 0; i < times; ++i) {
      verdicts_.look(lacking, milliseconds(now));
    }
    return verdicts_.are_late(milliseconds(now));
  }

  LateVerdicts verdicts_{milliseconds(500), milliseconds(3000)};
};

TEST_F(LateVerdictsTest, TheSameEventThatLacksItsVerdictForLongIsLate) {
  EXPECT_FALSE(look({{kOne, Offset(7)}}, 1000));
  EXPECT_FALSE(look({{kOne, Offset(7)}}, 1499));
  EXPECT_TRUE(look({{kOne, Offset(7)}}, 1500));
}

TEST_F(LateVerdictsTest, EventsThatAreCountedOneAfterTheOtherAreNot) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(look({{kOne, Offset(i)}}, 1000 + 400 * i));
  }
}

TEST_F(LateVerdictsTest, WhereRoundsTakeLongVerdictsMay) {
  for (int round = 0; round < 8; ++round) {
    EXPECT_FALSE(look({{kOne, Offset(7)}}, 1000 + 300 * round, 1));
  }
  EXPECT_TRUE(look({{kOne, Offset(7)}}, 4000, 1));
}

TEST_F(LateVerdictsTest, ThatThereIsNothingToCountIsNoDelay) {
  look({{kOne, Offset(7)}}, 1000);
  look({}, 1200);
  EXPECT_FALSE(look({{kOne, Offset(7)}}, 1600));
}

TEST_F(LateVerdictsTest, OnePartitionThatGoesOnDoesNotHideAnother) {
  look({{kOne, Offset(1)}, {kOther, Offset(1)}}, 1000);
  look({{kOne, Offset(2)}, {kOther, Offset(1)}}, 1400);
  EXPECT_TRUE(look({{kOne, Offset(3)}, {kOther, Offset(1)}}, 1500));
}

TEST_F(LateVerdictsTest, ItIsRememberedForAWhile) {
  look({{kOne, Offset(1)}}, 1000);
  ASSERT_TRUE(look({{kOne, Offset(1)}}, 1600));
  EXPECT_TRUE(look({{kOne, Offset(2)}}, 4599));
  EXPECT_FALSE(look({{kOne, Offset(3)}}, 4600));
}

}  // namespace
}  // namespace hapax
