// SPDX-License-Identifier: Apache-2.0
#include "hash/mix64.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

// What the generator gives first when its seed is 0: it adds this number each time, and mixes.
TEST(Mix64Test, StandsOnThePublishedSplitMix64) {
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  EXPECT_EQ(mix64(kStep), 0xE220A8397B1DCDAF);
  EXPECT_EQ(mix64(2 * kStep), 0x6E789E6AA1B965F4);
  EXPECT_EQ(mix64(3 * kStep), 0x06C45D188009454F);
  EXPECT_EQ(mix64(0), 0U);
}

}  // namespace
}  // namespace hapax
