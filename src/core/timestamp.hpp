// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace hapax {

/// A time as a client wrote it.
struct Timestamp {
  EventTime time;
  bool in_seconds = false;  ///< It was a number of seconds, where milliseconds are usual.
  bool has_zone = true;     ///< It says what its offset from UTC is; numbers always do.

  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

/// Longest text of a time, in bytes.
constexpr std::size_t kTimestampBytesMax = 256;

/// Reads a client's time, in the digits of any script:
/// - ISO 8601 as SDKs write it: a date, or date and time with 'T' or a space; seconds and up to 9
///   fraction digits optional; a clock of 24 hours (24:00 is the next day's midnight), or of 12
///   with am or pm behind it; 'Z', an offset, or none, which means UTC; years of 4 digits or a sign
///   and 6;
/// - a decimal number since 1970, whose size says of what: 978307200 (2001) to 9999999999 seconds,
///   16 digits microseconds, 19 digits nanoseconds, all others milliseconds.
/// Below a microsecond it rounds down, also before 1970. Nothing when it is no such time, after the
/// year 9999, or before EventTime. A table of cases: docs/http-api.md, "Times".
std::optional<Timestamp> read_timestamp(std::string_view text);

/// The time alone.
std::optional<EventTime> parse_timestamp(std::string_view text);

/// UTC as ISO 8601 with milliseconds and 'Z', microseconds where they are not zero; years outside
/// 0 to 9999 with a sign and 6 digits. read_timestamp() reads it back to the same time, up to the
/// year 9999.
std::string to_iso8601(EventTime time);
/// The same at the end of `to`, for many times in one text.
void append_iso8601(EventTime time, std::string& to);

}  // namespace hapax
