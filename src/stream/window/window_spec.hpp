// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

enum class WindowKind : std::uint8_t {
  kNone,   ///< One window that holds all of time.
  kFixed,  ///< `length` every `advance`, aligned at 1970-01-01T00:00Z: tumbling or hopping.
  kDay,    ///< Calendar days of `zone`,
  kWeek,   ///< its weeks, which begin on `week_starts`,
  kMonth,  ///< and its months.
};

/// How event times are cut into windows. With a session gap, it is the sessions of each key that
/// are: each belongs to the windows of its first event.
struct WindowSpec {
  /// Most windows that one event may belong to.
  static constexpr std::int64_t kWindowsPerEventMax = 100;

  WindowKind kind = WindowKind::kNone;
  Microseconds length{0};   ///< Of kFixed.
  Microseconds advance{0};  ///< Of kFixed: `length` for tumbling windows.
  std::string zone = "UTC";
  std::chrono::weekday week_starts = std::chrono::Monday;
  std::optional<Microseconds> session_gap = {};

  friend bool operator==(const WindowSpec&, const WindowSpec&) = default;
};

/// The two kinds of fixed windows.
WindowSpec tumbling(Microseconds length);
WindowSpec hopping(Microseconds length, Microseconds advance);

/// Errors: kInvalid, when a length, an advance or a gap is not positive, an advance exceeds its
/// length or does not divide it, an event would belong to more than kWindowsPerEventMax windows,
/// or there is no such zone.
Result<void> check_window(const WindowSpec& spec);

}  // namespace hapax
