// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace hapax::bench {

/// Counts of durations in buckets that grow with the duration (after HdrHistogram): below 128 ns
/// exact, above it 128 buckets for each doubling, so a quantile is at most 0.8 % too high and never
/// too low. Any duration fits; memory is fixed (about 60 KiB). Threading: one owner.
class LatencyHistogram {
 public:
  LatencyHistogram();

  /// Negative durations count as zero.
  void add(std::chrono::nanoseconds duration);

  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds max() const { return max_; }
  /// The upper edge of the bucket that holds the `fraction` (0 to 1) smallest; zero when empty.
  std::chrono::nanoseconds quantile(double fraction) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds max_{};
};

}  // namespace hapax::bench
