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

TEST(BloomFilterTest, FoldedIsAsIfMadeOfThatCapacity) {
  for (const std::uint64_t capacity : {kCapacity, kCapacity / 2, kCapacity / 16}) {
    std::mt19937_64 random(1);
    BloomFilter filter(kCapacity);
    BloomFilter small(capacity);
    for (std::uint64_t i = 0; i < capacity; ++i) {
      const Hash128 id = random_id(random);
      filter.add(id);
      small.add(id);
    }
    EXPECT_TRUE(filter.folded(capacity).piece(0) == small.piece(0)) << capacity;
  }
}

TEST(BloomFilterTest, CostsSixteenBitsAnId) {
  EXPECT_EQ(BloomFilter(kCapacity).bytes(), kCapacity * 2);
}

// A large one has several pieces.
TEST(BloomFilterTest, ItsPiecesAreAllOfIt) {
  for (const std::uint64_t capacity : {kCapacity, std::uint64_t{1} << 24U}) {
    std::mt19937_64 random(1);
    BloomFilter filter(capacity);
    std::vector<Hash128> ids;
    for (int i = 0; i < 1'000; ++i) {
      ids.push_back(random_id(random));
      filter.add(ids.back());
    }
    BloomFilter restored(capacity);
    ASSERT_EQ(restored.piece_count(), capacity == kCapacity ? 1U : 2U);
    for (std::size_t piece = 0; piece < filter.piece_count(); ++piece) {
      ASSERT_TRUE(restored.restore_piece(piece, filter.piece(piece)));
      EXPECT_EQ(restored.piece(piece), filter.piece(piece));
    }
    for (const Hash128& id : ids) {
      ASSERT_TRUE(restored.maybe(id));
    }
    EXPECT_FALSE(restored.maybe(random_id(random)));
  }
}

TEST(BloomFilterTest, RefusesBytesOfAnotherCapacity) {
  BloomFilter filter(kCapacity);
  const auto restored = filter.restore_piece(0, BloomFilter(kCapacity * 2).piece(0));
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace hapax
