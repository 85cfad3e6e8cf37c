// SPDX-License-Identifier: Apache-2.0
#include "cluster/restoration_line.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <utility>

namespace hapax {
namespace {

using Kind = RestorationLine::Kind;
using Place = RestorationLine::Place;

TEST(RestorationLineTest, OneComesAfterAnother) {
  RestorationLine line;
  Place first = line.line_up(Kind::kEvents);
  const Place second = line.line_up(Kind::kEvents);
  EXPECT_TRUE(line.is_turn_of(first));
  EXPECT_FALSE(line.is_turn_of(second));
  first.reset();
  EXPECT_TRUE(line.is_turn_of(second));
}

TEST(RestorationLineTest, JudgesComeBeforeAllThatWaitButNotBeforeWhoHasBegun) {
  RestorationLine line;
  Place begun = line.line_up(Kind::kEvents);
  Place waiting = line.line_up(Kind::kEvents);
  Place judge = line.line_up(Kind::kJudge);
  Place second_judge = line.line_up(Kind::kJudge);
  EXPECT_TRUE(line.is_turn_of(begun));
  EXPECT_FALSE(line.is_turn_of(judge));
  begun.reset();
  EXPECT_TRUE(line.is_turn_of(judge));
  EXPECT_FALSE(line.is_turn_of(waiting));
  judge.reset();
  EXPECT_TRUE(line.is_turn_of(second_judge));
  second_judge.reset();
  EXPECT_TRUE(line.is_turn_of(waiting));
}

TEST(RestorationLineTest, NobodyWaitsForACopy) {
  RestorationLine line;
  Place begun = line.line_up(Kind::kEvents);
  const Place copy = line.line_up(Kind::kCopy);
  Place owner = line.line_up(Kind::kEvents);
  begun.reset();
  EXPECT_TRUE(line.is_turn_of(owner));
  owner.reset();
  EXPECT_TRUE(line.is_turn_of(copy));
}

TEST(RestorationLineTest, ACopyThatHasBegunGivesWayToOwnersAndGoesOnBeforeOtherCopies) {
  RestorationLine line;
  const Place begun = line.line_up(Kind::kCopy);
  ASSERT_TRUE(line.is_turn_of(begun));
  const Place other = line.line_up(Kind::kCopy);
  Place events = line.line_up(Kind::kEvents);
  Place judge = line.line_up(Kind::kJudge);
  EXPECT_FALSE(line.is_turn_of(begun));
  EXPECT_TRUE(line.is_turn_of(events)) << "its turn had come";
  EXPECT_FALSE(line.is_turn_of(judge));
  events.reset();
  EXPECT_TRUE(line.is_turn_of(judge));
  judge.reset();
  EXPECT_TRUE(line.is_turn_of(begun));
  EXPECT_FALSE(line.is_turn_of(other));
}

TEST(RestorationLineTest, WhoLeavesWhileItWaitsHoldsUpNobody) {
  RestorationLine line;
  Place first = line.line_up(Kind::kEvents);
  Place gone = line.line_up(Kind::kEvents);
  const Place last = line.line_up(Kind::kEvents);
  gone.reset();
  EXPECT_TRUE(line.is_turn_of(first));
  first.reset();
  EXPECT_TRUE(line.is_turn_of(last));
}

TEST(RestorationLineTest, ATurnGoesWithItsLastCopyOnWhateverThread) {
  RestorationLine line;
  Place first = line.line_up(Kind::kEvents);
  const Place second = line.line_up(Kind::kEvents);
  Place copy = first;
  first.reset();
  EXPECT_FALSE(line.is_turn_of(second));
  std::thread([last = std::move(copy)] {}).join();
  EXPECT_TRUE(line.is_turn_of(second));
}

}  // namespace
}  // namespace hapax
