// SPDX-License-Identifier: Apache-2.0
#include "bench_client/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hapax::bench {
namespace {

constexpr unsigned kSubBits = 7;
constexpr std::uint64_t kSubBuckets = 1U << kSubBits;
constexpr std::size_t kBuckets = (64 - kSubBits + 1) * kSubBuckets;

/// How many low bits a bucket of `value` leaves out.
unsigned dropped_bits(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  return width > kSubBits + 1 ? width - kSubBits - 1 : 0;
}

std::size_t bucket_of(std::uint64_t value) {
  const auto dropped = dropped_bits(value);
  return dropped * kSubBuckets + (value >> dropped);
}

std::uint64_t upper_edge(std::size_t bucket) {
  const auto dropped = bucket < 2 * kSubBuckets ? 0 : bucket / kSubBuckets - 1;
  return ((bucket - dropped * kSubBuckets + 1) << dropped) - 1;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(kBuckets) {}

void LatencyHistogram::add(std::chrono::nanoseconds duration) {
  duration = std::max(duration, std::chrono::nanoseconds::zero());
  ++buckets_[bucket_of(static_cast<std::uint64_t>(duration.count()))];
  ++count_;
  max_ = std::max(max_, duration);
}

std::chrono::nanoseconds LatencyHistogram::quantile(double fraction) const {
  const auto wanted = std::max(1.0, std::ceil(fraction * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (static_cast<double>(seen) >= wanted) {
      return std::min(max_, std::chrono::nanoseconds(upper_edge(bucket)));
    }
  }
  return max_;
}

}  // namespace hapax::bench
