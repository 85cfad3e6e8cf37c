// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/uniques_measure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "stream/measure/measure_test_support.hpp"

namespace hapax {
namespace {

MeasureSpec uniques(std::uint32_t exact_max) {
  return {.kind = MeasureKind::kUniques, .exact_max = exact_max};
}

/// The set of the hashes of `from` to `to` - 1.
UniquesMeasure range(std::uint64_t from, std::uint64_t to, std::uint32_t exact_max) {
  const MeasureSpec spec = uniques(exact_max);
  UniquesMeasure state(spec, 0);
  Sample sample{.value = true};
  for (std::uint64_t i = from; i < to; ++i) {
    sample.hash = mix(i);
    state.update(spec, {.time = {}, .id = {}, .samples = std::span(&sample, 1)});
  }
  return state;
}

UniquesMeasure of_hashes(const std::vector<std::uint64_t>& hashes, std::uint32_t exact_max) {
  const MeasureSpec spec = uniques(exact_max);
  UniquesMeasure state(spec, 0);
  for (const std::uint64_t hash : hashes) {
    const Sample sample{.value = true, .hash = hash};
    state.update(spec, {.time = {}, .id = {}, .samples = std::span(&sample, 1)});
  }
  return state;
}

UniquesMeasure combined(UniquesMeasure left, const UniquesMeasure& right) {
  left.combine(right);
  return left;
}

MeasureResult result(const UniquesMeasure& state) {
  return state.finalize({}, {});
}
std::uint64_t count(const UniquesMeasure& state) {
  return std::get<std::uint64_t>(result(state).answer);
}

TEST(UniquesMeasureTest, IsExactUpToTheLimitOfTheUnionAndSaysSo) {
  constexpr std::uint32_t kMax = kUniquesExactMax;
  const MeasureResult exact = result(range(0, kMax, kMax));
  EXPECT_EQ(exact.answer, MeasureResult::Answer(std::uint64_t{kMax}));
  EXPECT_TRUE(exact.exact);
  EXPECT_EQ(exact.relative_error, 0);
  const MeasureResult estimate = result(range(0, kMax + 1, kMax));
  EXPECT_FALSE(estimate.exact);
  EXPECT_EQ(estimate.relative_error, HyperLogLog::kStandardError);
  EXPECT_GT(std::get<std::uint64_t>(estimate.answer), kMax) << "known to be more";
}

TEST(UniquesMeasureTest, TheUnionDecidesNotItsParts) {
  constexpr std::uint32_t kMax = 1000;
  EXPECT_TRUE(result(combined(range(0, 600, kMax), range(400, 1000, kMax))).exact);
  EXPECT_EQ(count(combined(range(0, 600, kMax), range(400, 1000, kMax))), 1000U);
  EXPECT_FALSE(result(combined(range(0, 600, kMax), range(401, 1001, kMax))).exact);
  EXPECT_TRUE(result(combined(range(0, 1000, kMax), range(0, 1000, kMax))).exact);
}

TEST(UniquesMeasureTest, AValueCountsAtOnceWhateverIsAskedNext) {
  for (const bool came_before : {false, true}) {
    for (std::uint64_t values = 1; values <= 5; ++values) {
      SCOPED_TRACE(values);
      std::vector<std::uint64_t> hashes;
      for (std::uint64_t value = 1; value <= values; ++value) {
        hashes.push_back(value << 50U);
      }
      if (came_before) {
        hashes.push_back(hashes.front());
      }
      UniquesMeasure state = of_hashes(hashes, 3);
      EXPECT_EQ(count(state), values);
      EXPECT_EQ(count(combined(of_hashes({}, 3), state)), values);
      EXPECT_EQ(count(combined(state, of_hashes({}, 3))), values);
      UniquesMeasure decoded(uniques(3), 0);
      EXPECT_TRUE(decode_all(encoded(state), decoded));
      EXPECT_EQ(count(decoded), values);
      UniquesMeasure of_delta(uniques(3), 0);
      EXPECT_TRUE(decode_all(encoded(state.take_delta()), of_delta));
      EXPECT_EQ(encoded(of_delta), encoded(state));
      EXPECT_EQ(state.take_delta().size(), 0U);
    }
  }
}

TEST(UniquesMeasureTest, WhatASketchAwaitsIsInItForWhoeverAsks) {
  // Each has a register of its own, and one that rises.
  const std::vector<std::uint64_t> hashes = {1ULL << 50U, 2ULL << 50U, 3ULL << 50U, 1};
  for (std::size_t size = 2; size <= hashes.size(); ++size) {
    SCOPED_TRACE(size);
    const std::vector<std::uint64_t> some(hashes.begin(), hashes.begin() + size);
    UniquesMeasure state = of_hashes(some, 1);
    HyperLogLog whole;
    for (const std::uint64_t hash : some) {
      whole.raise(HyperLogLog::register_of(hash));
    }
    EXPECT_EQ(count(state), static_cast<std::uint64_t>(std::llround(whole.estimate())));
    const std::string bytes = encoded(state);
    EXPECT_EQ(encoded(combined(of_hashes({}, 1), state)), bytes);
    UniquesMeasure of_delta(uniques(1), 0);
    EXPECT_TRUE(decode_all(encoded(state.take_delta()), of_delta));
    EXPECT_EQ(encoded(of_delta), bytes);
  }
}

TEST(UniquesMeasureTest, WhatCameIsNewThoughItWasStoredMeanwhile) {
  UniquesMeasure state = of_hashes({1, 2}, 10);
  EXPECT_TRUE(decode_all(encoded(of_hashes({2, 3}, 10)), state));
  EXPECT_EQ(count(state), 3U);
  UniquesMeasure of_delta(uniques(10), 0);
  EXPECT_TRUE(decode_all(encoded(state.take_delta()), of_delta));
  EXPECT_EQ(encoded(of_delta), encoded(of_hashes({1, 2}, 10)));
}

TEST(UniquesMeasureTest, HashesThatDoNotAscendAreDamaged) {
  std::string bytes = encoded(of_hashes({1, 2}, 10));
  constexpr std::size_t kFirstAt = 5;
  bytes[kFirstAt] = 3;
  UniquesMeasure state(uniques(10), 0);
  EXPECT_FALSE(decode_all(bytes, state));
  bytes[kFirstAt] = 2;
  UniquesMeasure::Delta delta(uniques(10));
  EXPECT_FALSE(decode_all(bytes, delta)) << "twice";
}

TEST(UniquesMeasureTest, MergedSketchesAreTheSketchOfTheUnionBitForBit) {
  constexpr std::uint32_t kMax = 1000;
  const std::string whole = encoded(range(0, 30'000, kMax));
  EXPECT_EQ(encoded(combined(range(0, 20'000, kMax), range(10'000, 30'000, kMax))), whole);
  EXPECT_EQ(encoded(combined(range(0, 29'500, kMax), range(29'000, 30'000, kMax))), whole)
      << "sketch and set";
  EXPECT_EQ(encoded(combined(range(29'000, 30'000, kMax), range(0, 29'500, kMax))), whole)
      << "set and sketch";
}

TEST(UniquesMeasureTest, ADeltaSaysThatItIsASketchNowEvenIfNoRegisterRose) {
  // One register, the second hash no higher than the first.
  const std::vector<std::uint64_t> hashes = {1, 0x2000};
  const UniquesMeasure whole = of_hashes(hashes, 1);
  UniquesMeasure now = of_hashes({1}, 1);
  std::vector<std::string> deltas = {encoded(now.take_delta())};
  now.combine(of_hashes({0x2000}, 1));
  deltas.push_back(encoded(now.take_delta()));
  UniquesMeasure loaded(uniques(1), 0);
  EXPECT_TRUE(decode_all(deltas[1], loaded) && decode_all(deltas[0], loaded));
  EXPECT_EQ(encoded(loaded), encoded(whole));

  UniquesMeasure taken_in = of_hashes({1}, 1);
  taken_in.take_delta();
  taken_in.combine(whole);
  UniquesMeasure from_stored = of_hashes({1}, 1);
  EXPECT_TRUE(decode_all(encoded(taken_in.take_delta()), from_stored));
  EXPECT_EQ(encoded(from_stored), encoded(whole));
}

TEST(UniquesMeasureTest, ADeltaOfASketchCostsByWhatChanged) {
  UniquesMeasure state = range(0, 50'000, 10);
  state.take_delta();
  state.combine(range(50'000, 50'010, 10));
  EXPECT_LE(state.take_delta().size(), 10U);
}

TEST(UniquesMeasureTest, FewRegistersAreAListAndManyAnArray) {
  EXPECT_LT(encoded(range(0, 100, 0)).size(), 500U);
  EXPECT_EQ(encoded(range(0, 1'000'000, 0)).size(), 2 + HyperLogLog::kRegisters);
  UniquesMeasure decoded(uniques(0), 0);
  EXPECT_TRUE(decode_all(encoded(range(0, 1'000'000, 0)), decoded));
  EXPECT_EQ(encoded(decoded), encoded(range(0, 1'000'000, 0)));
}

TEST(UniquesMeasureTest, ASketchOfAnotherPrecisionIsRefused) {
  std::string bytes = encoded(range(0, 100, 0));
  bytes[1] = 13;
  UniquesMeasure state(uniques(0), 0);
  EXPECT_FALSE(decode_all(bytes, state));
}

TEST(UniquesMeasureTest, AbsentIsNoValueAndZeroIsAHash) {
  const MeasureSpec spec = uniques(10);
  EXPECT_EQ(result_of(spec, {event_with(Value())}).answer, MeasureResult::Answer(std::uint64_t{0}));
  EXPECT_EQ(count(of_hashes({0, 0, 5}, 10)), 2U);
}

/// Deviations of the estimates of many sets of `size` values each, relative to it.
std::vector<double> deviations(std::uint64_t size, std::uint64_t sets) {
  std::vector<double> deviations;
  for (std::uint64_t i = 0; i < sets; ++i) {
    const std::uint64_t from = (i + 1) << 40U;
    HyperLogLog sketch;
    for (std::uint64_t number = from; number < from + size; ++number) {
      sketch.raise(HyperLogLog::register_of(mix(number)));
    }
    deviations.push_back(sketch.estimate() / static_cast<double>(size) - 1);
  }
  return deviations;
}

/// The stated error at so many deviations of it; of few values one that shares a register is more.
double bound(double deviations, double values, std::uint64_t size) {
  return std::max(deviations * HyperLogLog::kStandardError, values / static_cast<double>(size));
}

/// 99 of 100 are within the bound, and their mean shows no bias.
void expect_within_bound(std::uint64_t size, std::uint64_t sets) {
  SCOPED_TRACE(size);
  double mean = 0;
  std::size_t beyond = 0;
  for (const double deviation : deviations(size, sets)) {
    mean += deviation / static_cast<double>(sets);
    beyond += std::abs(deviation) > bound(2.6, 2.01, size) ? 1 : 0;
    EXPECT_LT(std::abs(deviation), bound(5, 5, size));
  }
  EXPECT_LE(beyond, 1 + sets / 50);
  EXPECT_LT(std::abs(mean),
            3.5 * HyperLogLog::kStandardError / std::sqrt(static_cast<double>(sets)));
}

TEST(HyperLogLogTest, EstimatesAreWithinTheStatedError) {
  EXPECT_EQ(HyperLogLog().estimate(), 0);
  for (const auto& [size, sets] :
       std::vector<std::pair<std::uint64_t, std::uint64_t>>{{1, 100},
                                                            {10, 100},
                                                            {1'000, 100},
                                                            {16'384, 40},
                                                            {40'000, 40},
                                                            {70'000, 40},
                                                            {100'000, 20},
                                                            {1'000'000, 4},
                                                            {10'000'000, 1}}) {
    expect_within_bound(size, sets);
  }
}

TEST(HyperLogLogSoakTest, EstimatesAreWithinTheStatedErrorUpToAHundredMillion) {
  for (std::uint64_t size = 1; size <= 1'000'000; size = size * 3 + 1) {
    expect_within_bound(size, 200);
  }
  expect_within_bound(10'000'000, 50);
  expect_within_bound(100'000'000, 10);
}

TEST(UniquesMeasureSoakTest, PartsThatOverlapComeToTheWholeFromOneToAHundredMillion) {
  constexpr std::uint32_t kMax = kUniquesExactMax;
  for (const std::uint64_t size : std::vector<std::uint64_t>{
           1, 10, 1'000, kMax - 1, kMax, kMax + 1, 200'000, 1'000'000, 10'000'000, 100'000'000}) {
    SCOPED_TRACE(size);
    const UniquesMeasure whole = range(0, size, kMax);
    const UniquesMeasure first = range(0, size * 2 / 3, kMax);
    const UniquesMeasure last = range(size / 3, size, kMax);
    EXPECT_EQ(encoded(combined(first, last)), encoded(whole));
    EXPECT_EQ(encoded(combined(last, first)), encoded(whole));
    const bool is_exact = size <= kMax;
    EXPECT_EQ(result(whole).exact, is_exact);
    EXPECT_NEAR(static_cast<double>(count(whole)) / static_cast<double>(size), 1,
                is_exact ? 0 : 4 * HyperLogLog::kStandardError);
  }
}

TEST(HyperLogLogTest, ARankIsTheLeadingZerosAndOne) {
  EXPECT_EQ(HyperLogLog::register_of(~std::uint64_t{0}),
            (HyperLogLog::Register{.index = 0x3FFF, .rank = 1}));
  EXPECT_EQ(HyperLogLog::register_of(1), (HyperLogLog::Register{.index = 0, .rank = 50}));
  EXPECT_EQ(HyperLogLog::register_of(0), (HyperLogLog::Register{.index = 0, .rank = 51}));
  EXPECT_EQ(HyperLogLog::register_of(std::uint64_t{3} << 50U),
            (HyperLogLog::Register{.index = 3, .rank = 51}));
}

}  // namespace
}  // namespace hapax
