// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/exact_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "stream/measure/measure_test_support.hpp"

namespace hapax {
namespace {

using Limits = std::numeric_limits<double>;

/// An independent exact sum: for each power of two from 2^-1074 on, how often it was added.
class BitCounts {
 public:
  void add(double value, std::int64_t times) {
    int exponent = 0;
    auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
    const std::int64_t sign = mantissa < 0 ? -times : times;
    mantissa = std::abs(mantissa);
    for (int bit = 0; bit < 53; ++bit) {
      if ((mantissa >> bit & 1) != 0) {
        counts_.at(static_cast<std::size_t>(exponent - 53 + bit + kLowest)) += sign;
      }
    }
  }
  /// -1, 0 or 1.
  int sign() const {
    std::vector<std::int64_t> digits = counts_;
    bool any = false;
    for (std::size_t i = 0; i + 1 < digits.size(); ++i) {
      digits[i + 1] += digits[i] >> 1;
      any = any || (digits[i] & 1) != 0;
    }
    return digits.back() < 0 ? -1 : (any || digits.back() > 0 ? 1 : 0);
  }

 private:
  // Mantissas of subnormals have zeros down here.
  static constexpr int kLowest = 1074 + 53;
  std::vector<std::int64_t> counts_ = std::vector<std::int64_t>(2300);
};

/// Sign of sum / count - (left + right) / 2.
int compare_to_middle(const std::vector<double>& values, std::int64_t count, double left,
                      double right) {
  BitCounts difference;
  for (const double value : values) {
    difference.add(value, 2);
  }
  difference.add(left, -count);
  difference.add(right, -count);
  return difference.sign();
}

bool is_even(double value) {
  return (std::bit_cast<std::uint64_t>(value) & 1U) == 0;
}

/// Expects that no double is nearer to the sum / count than `rounded`, which is even at a tie.
void expect_nearest(double rounded, const std::vector<double>& values, std::int64_t count = 1) {
  if (std::isinf(rounded)) {  // As if 2^1024 were the next double.
    BitCounts difference;
    const double sign = rounded < 0 ? -1 : 1;
    for (const double value : values) {
      difference.add(sign * value, 1);
    }
    difference.add(Limits::max(), -count);
    difference.add(0x1p970, -count);
    EXPECT_GE(difference.sign(), 0);
    return;
  }
  const double above = std::nextafter(rounded, Limits::infinity());
  const double below = std::nextafter(rounded, -Limits::infinity());
  if (!std::isinf(above)) {
    const int side = compare_to_middle(values, count, rounded, above);
    EXPECT_TRUE(side < 0 || (side == 0 && is_even(rounded))) << rounded;
  }
  if (!std::isinf(below)) {
    const int side = compare_to_middle(values, count, below, rounded);
    EXPECT_TRUE(side > 0 || (side == 0 && is_even(rounded))) << rounded;
  }
}

ExactSum sum_of(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) {
    sum.add(value);
  }
  return sum;
}

double any_double(SeededRandom& random) {
  const double value = std::bit_cast<double>(random.next());
  return std::isfinite(value) ? value : 1;
}

/// Numbers as events have them, numbers whose sum needs each bit, and any doubles.
std::vector<double> random_doubles(SeededRandom& random) {
  std::vector<double> values(1 + random.below(40));
  const std::uint64_t style = random.below(4);
  const int near = static_cast<int>(random.below(1980)) - 1040;
  for (double& value : values) {
    const auto small = static_cast<double>(static_cast<std::int64_t>(random.below(2001)) - 1000);
    switch (style) {
      case 0:
        value = small / 100;
        break;
      case 1:
        value = std::ldexp(small, near + static_cast<int>(random.below(64)));
        break;
      case 2:
        value = any_double(random);
        break;
      default:
        value = random.one_in(2) ? small : any_double(random) * 0x1p-1000;
    }
  }
  if (random.one_in(3)) {  // All but the last cancel out.
    const std::size_t size = values.size();
    for (std::size_t i = 0; i + 1 < size; ++i) {
      values.push_back(-values[i]);
    }
  }
  return values;
}

TEST(ExactSumTest, TheSumAndTheMeanAreTheDoublesNextToTheExactOnes) {
  for (std::uint64_t seed = 1; seed <= 1500 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    const std::vector<double> values = random_doubles(random);
    const ExactSum sum = sum_of(values);
    expect_nearest(sum.rounded(), values);
    const std::uint64_t count = 1 + random.below(1000);
    expect_nearest(sum.mean(count), values, static_cast<std::int64_t>(count));
  }
}

TEST(ExactSumTest, ALongHistoryHasOneSumInAnyOrder) {
  SeededRandom random(3);
  std::vector<double> values(100'000);
  for (double& value : values) {
    value =
        random.one_in(10) ? any_double(random) : static_cast<double>(random.below(1'000'000)) / 100;
  }
  const std::string bytes = encoded(sum_of(values));
  expect_nearest(sum_of(values).rounded(), values);
  for (int round = 0; round < 3; ++round) {
    std::ranges::shuffle(values, std::mt19937_64(random.next()));
    EXPECT_EQ(encoded(sum_of(values)), bytes);
  }
}

TEST(ExactSumTest, KnownSums) {
  EXPECT_EQ(sum_of({}).rounded(), 0);
  EXPECT_FALSE(std::signbit(sum_of({-0.0}).rounded()));
  EXPECT_EQ(sum_of(std::vector<double>(10, 0.1)).rounded(), 1.0);
  EXPECT_EQ(sum_of({1e308, 1e308, -1e308}).rounded(), 1e308);
  EXPECT_EQ(sum_of({1e100, 1, -1e100}).rounded(), 1);
  EXPECT_EQ(sum_of({Limits::max(), Limits::max()}).rounded(), Limits::infinity());
  EXPECT_EQ(sum_of({-1e308, -1e308}).rounded(), -Limits::infinity());
  EXPECT_EQ(sum_of({1e308, 1e308}).mean(2), 1e308);
  EXPECT_EQ(sum_of({Limits::denorm_min(), Limits::denorm_min()}).rounded(),
            2 * Limits::denorm_min());
  EXPECT_EQ(sum_of({0x1p53, 1}).rounded(), 0x1p53) << "to even, down";
  EXPECT_EQ(sum_of({0x1p53, 3}).rounded(), 0x1p53 + 4) << "to even, up";
  EXPECT_EQ(sum_of({0x1p53, 1, 0x1p-1000}).rounded(), 0x1p53 + 2) << "more than half";
  EXPECT_EQ(sum_of({-0x1p63, 0x1p63 - 1024}).rounded(), -1024);
}

TEST(ExactSumTest, TheBytesDoNotTellHowTheNumberIsHeld) {
  for (const double value : {0.0, 1.0, -1.0, 0.1, -0x1p94, 0x1p94, 0x1p-96, 0x1p-97, 1e-300}) {
    SCOPED_TRACE(value);
    const ExactSum direct = sum_of({value});
    EXPECT_EQ(encoded(sum_of({value, 1e300, -1e300})), encoded(direct)) << "by way of the wide one";
    ExactSum taken_back = sum_of({value, 1e-300});
    taken_back.subtract(1e-300);
    EXPECT_EQ(encoded(taken_back), encoded(direct));
    ExactSum decoded;
    EXPECT_TRUE(decode_all(encoded(direct), decoded));
    EXPECT_EQ(encoded(decoded), encoded(direct));
  }
}

TEST(ExactSumTest, WhatIsNarrowOverflowsIntoWhatIsWide) {
  for (const double sign : {1.0, -1.0}) {
    const std::vector<double> half(2500, sign * 0x1p83);
    ExactSum halves = sum_of(half);
    EXPECT_EQ(halves.bytes(), 0U);
    halves.combine(sum_of(half));
    EXPECT_EQ(halves.rounded(), sign * 5000 * 0x1p83);
    const std::vector<double> values(5000, sign * 0x1p83);
    expect_nearest(sum_of(values).rounded(), values);
    EXPECT_EQ(encoded(sum_of(values)), encoded(halves));
  }
}

TEST(ExactSumTest, SumsOfUsualNumbersTakeNoMemoryOfTheirOwn) {
  EXPECT_EQ(sum_of({0, -0.0, 0.1, 19.99, -1e12, 9223372036854775807.0, 1e-9}).bytes(), 0U);
}

TEST(ExactSumTest, ALimbBeyondTheLastIsDamage) {
  std::string bytes(2 + 2 * 8, '\1');
  bytes[0] = 34;
  bytes[1] = 2;
  ExactSum sum;
  EXPECT_FALSE(decode_all(bytes, sum));
}

}  // namespace
}  // namespace hapax
