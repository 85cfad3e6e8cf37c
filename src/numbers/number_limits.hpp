// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace hapax {

/// The greatest number that is followed, and the most that a device may say it has made in an
/// epoch. A rule of the set: one that goes beyond it is unnumbered from then on, for ever, whatever
/// the order in which it comes. So the state of a device has a bound, and what a device that is in
/// the store costs the thread that counts when one small request names it: 12 KiB.
constexpr std::uint32_t kNumberMax = 8'192;

/// Longest device and epoch that are followed, in bytes.
constexpr std::size_t kDeviceBytesMax = 1'024;

/// Which devices are believed: a write key is public, so anybody may say that much is missing.
struct GapLimits {
  std::uint64_t missing_max = 4'000;
  std::uint64_t missing_per_arrived_max = 10;

  /// Of a device of which `arrived` numbers came.
  bool believe(std::uint64_t missing, std::uint64_t arrived) const {
    return missing <= missing_max && missing <= missing_per_arrived_max * arrived;
  }

  friend bool operator==(const GapLimits&, const GapLimits&) = default;
};

}  // namespace hapax
