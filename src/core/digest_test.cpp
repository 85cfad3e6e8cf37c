// SPDX-License-Identifier: Apache-2.0
#include "core/digest.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace hapax {
namespace {

TEST(DigestTest, IsTheSameInAnyOrder) {
  const Digest one(1, 10);
  const Digest other(std::numeric_limits<std::uint64_t>::max(), 20);
  EXPECT_EQ(one + other, other + one);
  EXPECT_EQ(one + other, Digest(0, 30));
}

TEST(DigestTest, ADoubleIsNoLoss) {
  const Digest once(5, 5);
  EXPECT_NE(once + once, Digest());
}

TEST(DigestTest, HexHasAllDigitsHighHalfFirst) {
  EXPECT_EQ(to_hex(Digest(0xAB, 0x123456789ABCDEF0)), "123456789abcdef000000000000000ab");
  EXPECT_EQ(to_hex(Digest()), std::string(32, '0'));
}

}  // namespace
}  // namespace hapax
