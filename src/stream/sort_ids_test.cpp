// SPDX-License-Identifier: Apache-2.0
#include "stream/sort_ids.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace hapax {
namespace {

/// Random ids, of which the lower half has so many bits.
void expect_sorted(std::size_t count, std::size_t tables, unsigned low_bits) {
  std::mt19937_64 random(count + low_bits);
  std::vector<std::shared_ptr<DedupShard::Table>> filled;
  for (std::size_t i = 0; i < tables; ++i) {
    filled.push_back(std::make_shared<DedupShard::Table>(i));
  }
  std::vector<SeenId> expected;
  for (std::size_t i = 0; i < count; ++i) {
    const SeenId seen{.id = {.low = random() >> (64 - low_bits), .high = random()}, .content = i};
    filled[i % tables]->insert({seen});
    expected.push_back(seen);
  }
  std::ranges::sort(expected, {}, &SeenId::id);
  const std::vector<std::shared_ptr<const DedupShard::Table>> all(filled.begin(), filled.end());
  EXPECT_EQ(sorted_ids(all), expected) << count << " ids of " << low_bits << " bits";
}

TEST(SortIdsTest, TheyAreSortedWhateverTheirNumberAndHoweverTheyAreSpread) {
  for (const std::size_t count : {0U, 1U, 2U, 7U, 8U, 100U, 5'000U, 600'000U}) {
    for (const unsigned low_bits : {64U, 40U, 1U}) {
      expect_sorted(std::min<std::size_t>(count, low_bits == 64 ? count : 5'000), 3, low_bits);
    }
  }
}

}  // namespace
}  // namespace hapax
