// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "core/time.hpp"

namespace hapax {

/// Clients claim any 64-bit time, so arithmetic on times stops at the ends instead of wrapping.
template <typename Clock>
constexpr std::chrono::time_point<Clock, Microseconds> saturating_add(
    std::chrono::time_point<Clock, Microseconds> time, Microseconds delta) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(time.time_since_epoch().count(), delta.count(), &sum)) {
    sum = delta.count() > 0 ? std::numeric_limits<std::int64_t>::max()
                            : std::numeric_limits<std::int64_t>::min();
  }
  return std::chrono::time_point<Clock, Microseconds>(Microseconds(sum));
}

/// The UTC day of `time` in days since 1970; a time before 1970 is of day 1.
constexpr std::uint32_t utc_day(ProcessingTime time) {
  constexpr std::int64_t kDayMicros = Microseconds(std::chrono::hours(24)).count();
  return static_cast<std::uint32_t>(std::max<std::int64_t>(1, to_micros(time) / kDayMicros));
}

/// The greatest multiple of `width` that is not above `time`, also before 1970, where `%` would
/// round up (reliability row 5). The smallest times, whose multiple does not exist, get the
/// smallest time itself.
constexpr EventTime floor_to(EventTime time, Microseconds width) {
  const std::int64_t micros = to_micros(time);
  const std::int64_t remainder = micros % width.count();
  const std::int64_t above = remainder < 0 ? remainder + width.count() : remainder;
  return saturating_add(time, Microseconds(-above));
}

}  // namespace hapax
