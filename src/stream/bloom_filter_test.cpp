// SPDX-License-Identifier: Apache-2.0
#include "stream/bloom_filter.hpp"

#include <gtest/gtest.h>

#include <random>

namespace hapax {
namespace {

constexpr std::uint64_t kCapacity = 1U << 16U;

Hash128 random_id(std::mt19937_64& random) {
  const std::uint64_t low = random();
  return {.low = low, .high = random()};
}

TEST(BloomFilterTest, NeverDeniesAnIdAndSeldomClaimsAnother) {
  std::mt19937_64 random(1);
  BloomFilter filter(kCapacity);
  std::vector<Hash128> ids;
  for (std::uint64_t i = 0; i < kCapacity; ++i) {
    ids.push_back(random_id(random));
    filter.add(ids.back());
  }
  for (const Hash128& id : ids) {
    ASSERT_TRUE(filter.maybe(id));
  }
  int maybes = 0;
  for (int i = 0; i < 100'000; ++i) {
    maybes += filter.maybe(random_id(random)) ? 1 : 0;
  }
  EXPECT_LT(maybes, 300);  // 0.3 %, full.
}

TEST(BloomFilterTest, CostsSixteenBitsAnId) {
  EXPECT_EQ(BloomFilter(kCapacity).bytes(), kCapacity * 2);
}

TEST(BloomFilterTest, DecodesWhatItEncoded) {
  std::mt19937_64 random(1);
  BloomFilter filter(kCapacity);
  const Hash128 in = random_id(random);
  const Hash128 out = random_id(random);
  filter.add(in);
  const auto decoded = BloomFilter::decode(filter.encode(), kCapacity);
  ASSERT_TRUE(decoded);
  EXPECT_TRUE((*decoded)->maybe(in));
  EXPECT_FALSE((*decoded)->maybe(out));
  EXPECT_EQ((*decoded)->encode(), filter.encode());
}

TEST(BloomFilterTest, RefusesBytesOfAnotherCapacity) {
  const auto decoded = BloomFilter::decode(BloomFilter(kCapacity).encode(), kCapacity * 2);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace hapax
