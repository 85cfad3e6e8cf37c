// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/quantile_measure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "stream/measure/measure_test_support.hpp"

namespace hapax {
namespace {

using Limits = std::numeric_limits<double>;
constexpr MeasureSpec kMedian{.kind = MeasureKind::kQuantile};

QuantileMeasure state_of(const std::vector<double>& values) {
  QuantileMeasure state(kMedian, 3);
  for (const double value : values) {
    state.update(kMedian, event_with(value));
  }
  return state;
}

double quantile(const QuantileMeasure& state, double p) {
  return std::get<double>(state.quantile(p).answer);
}

void expect_within_error(std::vector<double> values) {
  const QuantileMeasure state = state_of(values);
  std::ranges::sort(values);
  for (const double p : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
    const auto rank = static_cast<std::size_t>(p * static_cast<double>(values.size() - 1));
    const double truth = values[rank];
    EXPECT_LE(std::abs(quantile(state, p) - truth),
              QuantileMeasure::kRelativeError * std::abs(truth))
        << p << " of " << values.size();
  }
}

TEST(QuantileMeasureTest, EachQuantileIsWithinTheStatedError) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SeededRandom random(seed);
    std::vector<double> values(1 + random.below(300));
    for (double& value : values) {
      const auto number = static_cast<double>(random.below(2'000'000)) - 1'000'000;
      value =
          seed % 2 == 0 ? number : std::ldexp(number, static_cast<int>(random.below(900)) - 500);
    }
    expect_within_error(values);
  }
}

TEST(QuantileMeasureTest, TheEndsOfTheDoubles) {
  expect_within_error({Limits::lowest(), -1, -Limits::min(), 0, Limits::min(), 1, Limits::max()});
  EXPECT_EQ(quantile(state_of({-0.0, 0.0, Limits::denorm_min(), -Limits::denorm_min()}), 1), 0);
}

TEST(QuantileMeasureTest, NegativeNumbersComeBeforePositiveOnes) {
  const QuantileMeasure state = state_of({5, -5, 0, -500, 500});
  EXPECT_NEAR(quantile(state, 0), -500, 5);
  EXPECT_NEAR(quantile(state, 0.25), -5, 0.05);
  EXPECT_EQ(quantile(state, 0.5), 0);
  EXPECT_NEAR(quantile(state, 1), 500, 5);
}

TEST(QuantileMeasureTest, CountsOfOneBucketAdd) {
  QuantileMeasure left = state_of({1, 1, 1});
  left.combine(state_of({1, 1, 9, 9, 9, 9}));
  EXPECT_NEAR(quantile(left, 0.5), 1, 0.01) << "five of nine";
}

TEST(QuantileMeasureTest, OfNoNumberThereIsNone) {
  const MeasureResult result = result_of(
      kMedian, {event_with(std::string_view("7")), event_with(Value()), event_with(true)});
  EXPECT_EQ(result.answer, MeasureResult::Answer());
  EXPECT_EQ(result.skipped, 2U);
}

TEST(QuantileMeasureTest, ABucketThatIsNoneIsDamage) {
  std::string bytes = encoded(state_of({1}));
  bytes[8 + 4] = 1;  // Sound: another bucket.
  QuantileMeasure sound(kMedian, 0);
  EXPECT_TRUE(decode_all(bytes, sound));
  bytes[8 + 4 + 3] = 1;
  QuantileMeasure damaged(kMedian, 0);
  EXPECT_FALSE(decode_all(bytes, damaged));
}

TEST(QuantileMeasureTest, ASetAnswersAnyQuantileFromOneSketch) {
  const MeasurePlan plan(std::vector{MeasureSpec{}, kMedian});
  MeasureSet set(plan);
  for (int i = 1; i <= 1000; ++i) {
    set.update(event_with(static_cast<double>(i)));
  }
  EXPECT_NEAR(std::get<double>(set.quantile(1, 0.99).answer), 990, 9.9);
}

}  // namespace
}  // namespace hapax
