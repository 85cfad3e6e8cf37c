// SPDX-License-Identifier: Apache-2.0
#include "access/throttle.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using std::chrono::seconds;

constexpr auto kOfAPeer = Throttle::kOfAPeer;
constexpr auto kOfAll = Throttle::kOfAll;

/// Tries that `peer` gets at `now`, at most `most`.
int tries(Throttle& throttle, std::string_view peer, seconds now, int most = 1000) {
  int taken = 0;
  while (taken < most && !throttle.take(peer, now)) {
    ++taken;
  }
  return taken;
}

TEST(ThrottleTest, AnAddressHasSomeTriesAndThenOneAtATime) {
  Throttle throttle;
  EXPECT_EQ(tries(throttle, "a", seconds(0)), kOfAPeer.burst);
  EXPECT_EQ(throttle.take("a", seconds(0)), kOfAPeer.one_in);
  EXPECT_EQ(throttle.take("a", seconds(4)), kOfAPeer.one_in - seconds(4));
  EXPECT_EQ(tries(throttle, "a", kOfAPeer.one_in), 1);
  EXPECT_EQ(tries(throttle, "a", kOfAPeer.one_in * 1000), kOfAPeer.burst);
}

TEST(ThrottleTest, OneAddressDoesNotHoldUpAnother) {
  Throttle throttle;
  tries(throttle, "a", seconds(0));
  EXPECT_EQ(tries(throttle, "b", seconds(0)), kOfAPeer.burst);
}

TEST(ThrottleTest, AllTogetherHaveABound) {
  Throttle throttle;
  int taken = 0;
  for (int peer = 0; peer < 5000; ++peer) {
    taken += tries(throttle, std::to_string(peer), seconds(0), 1);
  }
  EXPECT_EQ(taken, kOfAll.burst);
  EXPECT_EQ(throttle.take("new", seconds(0)), kOfAll.one_in);
  EXPECT_EQ(tries(throttle, "new", kOfAll.one_in), 1);
}

TEST(ThrottleTest, MemoryHasABoundAndWhoGuessesIsRemembered) {
  Throttle throttle;
  tries(throttle, "guesser", seconds(0));
  for (int peer = 0; peer < 5000; ++peer) {
    throttle.take(std::to_string(peer), seconds(0));
  }
  EXPECT_LE(throttle.peers(), Throttle::kPeersMax);
  // All have enough again, but not the one who guesses.
  EXPECT_EQ(throttle.take("guesser", seconds(8)), kOfAPeer.one_in - seconds(8));
}

TEST(ThrottleTest, ARightPasswordCostsNothing) {
  Throttle throttle;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(throttle.take("a", seconds(0)));
    throttle.give_back("a");
  }
  EXPECT_EQ(tries(throttle, "a", seconds(0)), kOfAPeer.burst);
}

TEST(ThrottleTest, WhatIsGivenBackIsNoMoreThanThereWas) {
  Throttle throttle;
  for (int i = 0; i < 100; ++i) {
    throttle.give_back("a");
  }
  EXPECT_EQ(tries(throttle, "a", seconds(0)), kOfAPeer.burst);
}

}  // namespace
}  // namespace hapax
