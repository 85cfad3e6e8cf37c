#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace hapax {

/// Reads a client's time: ISO 8601 as SDKs write it (date, or date and time with 'T' or a space;
/// seconds and up to 9 fraction digits optional; 'Z', an offset, or none, which means UTC; years of
/// 4 digits or a sign and 6) or a decimal number of milliseconds since 1970. Below a microsecond it
/// rounds down, also before 1970. Nothing when it is no such time or does not fit EventTime.
std::optional<EventTime> parse_timestamp(std::string_view text);

/// UTC as ISO 8601 with milliseconds and 'Z', microseconds where they are not zero; years outside
/// 0 to 9999 with a sign and 6 digits. parse_timestamp() reads it back to the same time.
std::string to_iso8601(EventTime time);
/// The same at the end of `to`, for many times in one text.
void append_iso8601(EventTime time, std::string& to);

}  // namespace hapax
