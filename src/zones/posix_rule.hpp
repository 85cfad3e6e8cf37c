// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hapax {

/// A stretch of time in which a zone's clock runs evenly. Seconds since 1970 in UTC.
struct ZoneSpan {
  std::int64_t begin;   ///< The least integer when there is none before.
  std::int64_t end;     ///< Exclusive; the greatest integer when there is no end.
  std::int64_t offset;  ///< Seconds to add to UTC.

  friend bool operator==(const ZoneSpan&, const ZoneSpan&) = default;
};

/// What holds behind the last transition that is written down: the POSIX TZ text of a TZif footer
/// (RFC 8536, section 3.3, with the hours from -167 to 167 of section 3.3.1).
class PosixRule {
 public:
  /// Nothing when `text` is no such rule.
  static std::optional<PosixRule> parse(std::string_view text);

  /// The span around `second`, as if the rule had always held.
  ZoneSpan span_at(std::int64_t second) const;

 private:
  /// A day of each year, and a time of the clock that runs until then.
  struct Change {
    enum class Kind : std::uint8_t { kWeekday, kJulian, kDayOfYear };
    Kind kind = Kind::kWeekday;
    unsigned month = 0;    // kWeekday: Mm.w.d.
    unsigned week = 0;     // 5 is the last one.
    unsigned weekday = 0;  // From Sunday.
    unsigned day = 0;      // kJulian: Jn, from 1, without February 29; kDayOfYear: n, from 0.
    std::int64_t seconds = 0;

    std::int64_t local_second(std::int64_t year) const;
  };
  struct Summer {
    std::int64_t offset;
    Change start;
    Change end;
  };
  class Reader;

  std::int64_t offset_ = 0;
  std::optional<Summer> summer_;
};

}  // namespace hapax
