// SPDX-License-Identifier: Apache-2.0
#include "bench_client/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace hapax::bench {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyHistogramTest, IsEmptyAtFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.99), nanoseconds(0));
}

TEST(LatencyHistogramTest, IsExactForOneValue) {
  for (const auto value : {0L, 1L, 127L, 128L, 255L, 256L, 1'000'000'007L, 1L << 62U}) {
    LatencyHistogram histogram;
    histogram.add(nanoseconds(value));
    EXPECT_EQ(histogram.quantile(0), nanoseconds(value));
    EXPECT_EQ(histogram.quantile(1), nanoseconds(value));
  }
}

TEST(LatencyHistogramTest, QuantilesAreAtMostOnePercentTooHighAndNeverTooLow) {
  std::mt19937_64 random(7);
  std::vector<std::int64_t> values;
  LatencyHistogram histogram;
  for (int i = 0; i < 100'000; ++i) {
    values.push_back(static_cast<std::int64_t>(random() >> (random() % 50 + 8)));
    histogram.add(nanoseconds(values.back()));
  }
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = std::max<std::size_t>(1, static_cast<std::size_t>(fraction * 100'000));
    const auto exact = values[rank - 1];
    EXPECT_GE(histogram.quantile(fraction).count(), exact);
    EXPECT_LE(static_cast<double>(histogram.quantile(fraction).count()),
              static_cast<double>(exact) * 1.01 + 1);
  }
}

TEST(LatencyHistogramTest, NegativeDurationsCountAsZero) {
  LatencyHistogram histogram;
  histogram.add(nanoseconds(-5));
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.quantile(1), nanoseconds(0));
}

}  // namespace
}  // namespace hapax::bench
