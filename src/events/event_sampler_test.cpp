// SPDX-License-Identifier: Apache-2.0
#include "events/event_sampler.hpp"

#include <gtest/gtest.h>

#include <set>

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(EventSamplerTest, TakesAllThatFit) {
  EventSampler sampler(100);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(sampler.takes(i, milliseconds(i)));
  }
  EXPECT_EQ(sampler.share(), 1.0);
}

TEST(EventSamplerTest, HalvesTheShareUntilItFitsAndGoesBackWhenItIsQuiet) {
  EventSampler sampler(100);
  for (int second = 1; second <= 3; ++second) {
    int taken = 0;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      taken += sampler.takes(i * 977 + 1, seconds(second)) ? 1 : 0;
    }
    EXPECT_GT(taken, 30) << second;
    EXPECT_LT(taken, 500) << second;
    EXPECT_LE(sampler.share(), 1.0 / 64);
  }
  EXPECT_TRUE(sampler.takes(5, seconds(5)));
  EXPECT_EQ(sampler.share(), 1.0);
}

TEST(EventSamplerTest, CopiesOfAnEventAreTakenOrLeftTogether) {
  EventSampler sampler(10);
  std::set<std::uint64_t> taken;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    sampler.takes(i, seconds(1));
  }
  for (std::uint64_t i = 0; i < 1'000; ++i) {  // The share is that of the second before.
    if (sampler.takes(i, seconds(2))) {
      taken.insert(i);
    }
    if (sampler.share() < 1.0 / 128) {
      break;
    }
    EXPECT_EQ(sampler.takes(i, seconds(2)), taken.contains(i)) << i;
  }
  EXPECT_FALSE(taken.empty());
}

}  // namespace
}  // namespace hapax
