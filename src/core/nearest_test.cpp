// SPDX-License-Identifier: Apache-2.0
#include "core/nearest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace hapax {
namespace {

constexpr std::array<std::string_view, 3> kKnown{"serve", "config", "log"};

TEST(NearestTest, FindsWhatIsMisspelt) {
  EXPECT_EQ(nearest("sevre", kKnown), "serve");
  EXPECT_EQ(nearest("confgi", kKnown), "config");
  EXPECT_EQ(nearest("logs", kKnown), "log");
}

TEST(NearestTest, NeighboursThatAreSwappedAreOneChange) {
  constexpr std::array<std::string_view, 3> kBoards{"product", "survey", "web"};
  EXPECT_EQ(nearest("wbe", kBoards), "web");
  EXPECT_EQ(nearest("ewb", kBoards), "web");
  EXPECT_EQ(nearest("bew", kBoards), std::nullopt);
  EXPECT_EQ(nearest("abdc", std::array<std::string_view, 2>{"abxx", "abcd"}), "abcd");
}

TEST(NearestTest, IsSilentWhenNothingIsLikeIt) {
  EXPECT_EQ(nearest("dashboard", kKnown), std::nullopt);
  EXPECT_EQ(nearest("foo", kKnown), std::nullopt);
  EXPECT_EQ(nearest("serve", {}), std::nullopt);
}

TEST(NearestTest, TakesTheNearestOfSeveral) {
  constexpr std::array<std::string_view, 3> kLike{"log.partition_count", "log.partitions", "log.p"};
  EXPECT_EQ(nearest("log.partition", kLike), "log.partitions");
}

}  // namespace
}  // namespace hapax
