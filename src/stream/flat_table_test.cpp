#include "stream/flat_table.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

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

TEST(FlatTableTest, IsAtMostThreeQuartersFull) {
  FlatTable<Slot> table;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    table.insert(slot(i, i));
  }
  EXPECT_EQ(table.bytes(), 8 * sizeof(Slot));
  table.insert(slot(7, 7));
  EXPECT_EQ(table.bytes(), 16 * sizeof(Slot));
}

}  // namespace
}  // namespace hapax
