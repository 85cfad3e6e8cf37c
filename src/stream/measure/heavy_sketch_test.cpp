// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/heavy_sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "stream/measure/measure_test_support.hpp"

namespace hapax {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

HeavyItem item(const std::string& bytes) {
  return {.bytes = bytes, .hash = hash_of(std::string_view(bytes))};
}

HeavySketch sketch_of(const Counts& counts) {
  HeavySketch sketch;
  for (const auto& [bytes, count] : counts) {
    sketch.add(item(bytes), count);
  }
  return sketch;
}

std::vector<HeavyFound> heavy_of(const HeavySketch& sketch) {
  const HeavySketch* const one[] = {&sketch};
  return find_heavy(one);
}

std::uint64_t total_of(const Counts& counts) {
  std::uint64_t total = 0;
  for (const auto& [bytes, count] : counts) {
    total += count;
  }
  return total;
}

/// Some that come often among many that do not.
Counts random_counts(SeededRandom& random) {
  Counts counts;
  const std::uint64_t often = random.below(40);
  for (std::uint64_t i = 0; i < often; ++i) {
    counts["often " + std::to_string(i)] = 1 + random.below(4'000);
  }
  const std::uint64_t many = random.below(5'000);
  for (std::uint64_t i = 0; i < many; ++i) {
    counts["one of many, number " + std::to_string(random.next())] = 1 + random.below(5);
  }
  return counts;
}

TEST(HeavySketchTest, FindsAllThatAreHeavyAndCountsNoneTooLow) {
  std::uint64_t beyond_the_bound = 0;
  std::uint64_t all = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    const Counts counts = random_counts(random);
    const std::uint64_t total = total_of(counts);
    Counts found;
    for (const HeavyFound& one : heavy_of(sketch_of(counts))) {
      ASSERT_TRUE(counts.contains(one.bytes)) << one.bytes;
      EXPECT_GE(one.count, counts.at(one.bytes)) << one.bytes;
      EXPECT_GE(one.count * HeavySketch::kShare, total);
      EXPECT_FALSE(one.is_cut);
      beyond_the_bound += one.count - one.error > counts.at(one.bytes) ? 1 : 0;
      ++all;
      found[one.bytes] = one.count;
    }
    for (const auto& [bytes, count] : counts) {
      EXPECT_TRUE(found.contains(bytes) || count * HeavySketch::kShare < total) << bytes;
    }
  }
  EXPECT_GT(all, 250U);
  EXPECT_LE(beyond_the_bound * 50, all);
}

TEST(HeavySketchTest, FindsFiftyThatAreEquallyHeavy) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Counts counts;
    for (std::uint64_t i = 0; i < HeavySketch::kShare; ++i) {
      counts[std::to_string(mix(seed * 100 + i))] = 1'000;
    }
    const std::vector<HeavyFound> found = heavy_of(sketch_of(counts));
    EXPECT_EQ(found.size(), HeavySketch::kShare) << seed;
    for (const HeavyFound& one : found) {
      EXPECT_EQ(one.count, 1'000U) << seed << ": two share a column, in one of four rows";
    }
  }
}

TEST(HeavySketchTest, TheMostFrequentComeFirstAndOfEqualOnesTheLeast) {
  const std::vector<HeavyFound> expected = {{.bytes = "c", .count = 7, .error = 1},
                                            {.bytes = "a", .count = 2, .error = 1},
                                            {.bytes = "b", .count = 2, .error = 1}};
  EXPECT_EQ(heavy_of(sketch_of({{"b", 2}, {"a", 2}, {"c", 7}})), expected);
  EXPECT_TRUE(heavy_of(HeavySketch()).empty());
}

TEST(HeavySketchTest, IsTheSameHoweverWhatCameIsOrderedAndDivided) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    const Counts counts = random_counts(random);
    std::vector<std::pair<std::string, std::uint64_t>> pieces;
    for (const auto& [bytes, count] : counts) {
      const std::uint64_t first = random.below(count + 1);
      pieces.emplace_back(bytes, first);
      pieces.emplace_back(bytes, count - first);
    }
    std::ranges::shuffle(pieces, std::mt19937_64(seed));
    HeavySketch parts[3];
    for (const auto& [bytes, count] : pieces) {
      parts[random.below(3)].add(item(bytes), count);
    }
    parts[1].combine(parts[2]);
    EXPECT_TRUE(decode_all(encoded(parts[1]), parts[0]));
    EXPECT_EQ(encoded(parts[0]), encoded(sketch_of(counts)));
  }
}

TEST(HeavySketchTest, OfLongItemsTheBeginningIsShownAndTheWholeIsCounted) {
  const std::string begin(HeavySketch::kNameBytes, 'x');
  HeavySketch sketch = sketch_of({{begin, 5}, {begin + "1", 7}, {begin + "2", 6}});
  const std::vector<HeavyFound> expected = {
      {.bytes = begin, .is_cut = true, .count = 7, .error = 1},
      {.bytes = begin, .is_cut = true, .count = 6, .error = 1},
      {.bytes = begin, .is_cut = false, .count = 5, .error = 1}};
  EXPECT_EQ(heavy_of(sketch), expected);
}

TEST(HeavySketchTest, FewItemsTakeFewBytes) {
  EXPECT_EQ(encoded(HeavySketch()).size(), 12U);
  EXPECT_LT(encoded(sketch_of({{"a group of its own", 3}})).size(), 1'100U);
}

TEST(HeavyCountsTest, DeltasComeToAllOfIt) {
  SeededRandom random(3);
  HeavyCounts now;
  HeavyCounts loaded;
  HeavySketch together;
  const Counts counts = random_counts(random);
  for (const auto& [bytes, count] : counts) {
    now.add(item(bytes), count);
    if (random.one_in(500)) {
      const std::string delta = encoded(now.take_delta());
      EXPECT_TRUE(decode_all(delta, loaded));
      EXPECT_TRUE(decode_all(delta, together));
    }
  }
  EXPECT_TRUE(decode_all(encoded(now.take_delta()), loaded));
  EXPECT_EQ(now.take_delta().size(), 0U);
  EXPECT_EQ(loaded.take_delta().size(), 0U) << "what is stored is not new";
  EXPECT_EQ(encoded(loaded.all()), encoded(sketch_of(counts)));
  EXPECT_EQ(loaded.heavy(), heavy_of(sketch_of(counts)));
  EXPECT_EQ(now.heavy(), loaded.heavy());
}

TEST(HeavySketchTest, ADamagedEncodingIsNoticed) {
  const std::string bytes = encoded(sketch_of({{"a", 300}, {"b", 2}}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    HeavySketch into;
    EXPECT_FALSE(decode_all(bytes.substr(0, size), into)) << size;
  }
}

}  // namespace
}  // namespace hapax
