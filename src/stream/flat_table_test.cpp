// SPDX-License-Identifier: Apache-2.0
#include "stream/flat_table.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "stream/dedup_index.hpp"

namespace hapax {
namespace {

using Slot = FrozenIds::Slot;

static_assert(sizeof(Slot) == 24, "a hot id costs 24 bytes");

Slot slot(std::uint64_t low, std::uint64_t high) {
  return {{.id = {.low = low, .high = high}, .content = low ^ high}};
}

TEST(FlatTableTest, IsASetLikeAnyOther) {
  std::mt19937_64 random(1);
  FlatTable<Slot> table(7);
  std::set<Hash128> expected;
  for (int i = 0; i < 20'000; ++i) {
    const Slot entry = slot(1 + random() % 100, random() % 100);
    EXPECT_EQ(table.insert(entry), expected.insert(entry.seen.id).second);
  }
  EXPECT_EQ(table.size(), expected.size());
  for (std::uint64_t low = 1; low <= 100; ++low) {
    for (std::uint64_t high = 0; high < 100; ++high) {
      const Slot* found = table.find(slot(low, high));
      EXPECT_EQ(found != nullptr, expected.contains({.low = low, .high = high}));
    }
  }
}

TEST(FlatTableTest, KeepsTheFirstEntryOfAKey) {
  FlatTable<Slot> table;
  EXPECT_TRUE(table.insert({{.id = {.low = 1, .high = 2}, .content = 1}}));
  EXPECT_FALSE(table.insert({{.id = {.low = 1, .high = 2}, .content = 2}}));
  EXPECT_EQ(table.find(slot(1, 2))->seen.content, 1U);
}

TEST(FlatTableTest, AnEmptyTableFindsNothingAndCostsNothing) {
  const FlatTable<Slot> table;
  EXPECT_EQ(table.find(slot(1, 1)), nullptr);
  EXPECT_EQ(table.bytes(), 0U);
}

TEST(FlatTableTest, WhenClearedItIsEmptyAndKeepsItsMemory) {
  FlatTable<Slot> table;
  for (std::uint64_t low = 1; low <= 100; ++low) {
    table.insert(slot(low, 7));
  }
  const std::size_t bytes = table.bytes();
  table.clear();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.bytes(), bytes);
  EXPECT_EQ(table.find(slot(5, 7)), nullptr);
  EXPECT_TRUE(table.insert(slot(5, 7)));
  EXPECT_NE(table.find(slot(5, 7)), nullptr);
}

TEST(FlatTableTest, RoomIsMadeAtOnceAndOnlyIfThereIsTooLittle) {
  FlatTable<Slot> table;
  table.insert(slot(1, 7));
  table.reserve(1'000);
  const std::size_t bytes = table.bytes();
  EXPECT_EQ(bytes, 2'048 * sizeof(Slot));
  table.reserve(10);
  EXPECT_EQ(table.bytes(), bytes);
  EXPECT_NE(table.find(slot(1, 7)), nullptr);
}

TEST(FlatTableTest, IsAtMostThreeQuartersFull) {
  FlatTable<Slot> table;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    table.insert(slot(i, i));
  }
  EXPECT_EQ(table.bytes(), 8 * sizeof(Slot));
  table.insert(slot(7, 7));
  EXPECT_EQ(table.bytes(), 16 * sizeof(Slot));
}

/// An entry that counts how often it is compared.
struct Compared {
  Hash128 id;

  static inline std::uint64_t comparisons = 0;

  bool vacant() const { return id == Hash128{}; }
  bool same_key(const Compared& other) const {
    ++comparisons;
    return id == other.id;
  }
  std::uint64_t key_bits(std::uint64_t factor) const {
    return FrozenIds::Slot{{.id = id, .content = 0}}.key_bits(factor);
  }
};

double comparisons_per_key(std::uint64_t seed, const std::vector<Hash128>& keys) {
  FlatTable<Compared> table(seed);
  Compared::comparisons = 0;
  for (const Hash128& key : keys) {
    table.insert({key});
  }
  return static_cast<double>(Compared::comparisons) / static_cast<double>(keys.size());
}

// Clients choose ids, and with some work each bit of their hashes.
TEST(FlatTableTest, ChosenKeysDoNotPileUp) {
  std::vector<Hash128> equal_high;
  std::vector<Hash128> equal_low;
  std::vector<Hash128> in_steps;
  std::vector<Hash128> low_bits_zero;
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    equal_high.push_back({.low = i, .high = 42});
    equal_low.push_back({.low = 42, .high = i});
    in_steps.push_back({.low = i << 20U, .high = i << 20U});
    low_bits_zero.push_back({.low = i << 48U, .high = i >> 16U << 48U});
  }
  for (const std::uint64_t seed : {0x1234'5678'9ABC'DEF0U, std::uint64_t{77}}) {
    for (const auto* keys : {&equal_high, &equal_low, &in_steps, &low_bits_zero}) {
      EXPECT_LT(comparisons_per_key(seed, *keys), 20);
    }
  }
}

TEST(FlatTableTest, KeysChosenForOneSeedDoNotPileUpUnderAnother) {
  // The keys of the first 64th of the places, in the order of the places.
  FlatTable<Slot> known(1);
  std::mt19937_64 random(1);
  for (int i = 0; i < 400'000; ++i) {
    known.insert(slot(random(), random()));
  }
  std::vector<Hash128> chosen;
  known.for_each([&](const Slot& entry) {
    if (chosen.size() < 400'000 / 64) {
      chosen.push_back(entry.seen.id);
    }
  });
  EXPECT_GT(comparisons_per_key(1, chosen), 200);
  EXPECT_LT(comparisons_per_key(2, chosen), 20);
}

}  // namespace
}  // namespace hapax
