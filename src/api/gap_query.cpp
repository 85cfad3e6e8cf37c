// SPDX-License-Identifier: Apache-2.0
// What is asked of losses.
#include <algorithm>
#include <array>
#include <chrono>

#include "api/gap_routes.hpp"
#include "bytes/base64.hpp"
#include "core/time_math.hpp"
#include "http/query_string.hpp"
#include "numbers/number_keys.hpp"
#include "read/request_parameters.hpp"

namespace hapax {
namespace {

constexpr std::size_t kRowsMax = 10'000;
constexpr std::size_t kDevicesMax = 1'000;
constexpr Microseconds kDay = std::chrono::hours(24);

Error invalid(std::string message, std::string hint) {
  return {ErrorKind::kInvalid, std::move(message), std::move(hint)};
}

std::uint32_t day_of(EventTime time) {
  return utc_day(ProcessingTime(time.time_since_epoch()));
}

/// The first day, UTC, that begins at or after the time that a parameter says; `otherwise` without.
Result<std::uint32_t> begin_parameter(std::string_view query, std::string_view name,
                                      std::uint32_t otherwise) {
  const auto text = query_parameter(query, name);
  if (!text) {
    return otherwise;
  }
  HAPAX_ASSIGN(const EventTime time, parse_query_time(name, *text));
  return day_of(saturating_add(time, kDay - Microseconds(1)));
}

}  // namespace

Result<GapQuery> parse_gap_query(std::string_view query) {
  constexpr std::array<std::string_view, 5> kKnown{"source", "from", "to", "limit", "cursor"};
  HAPAX_TRY(check_parameters(query, kKnown));
  GapQuery asked;
  if (const auto source = query_parameter(query, "source")) {
    asked.sources.insert(*source);
  }
  HAPAX_ASSIGN(asked.from, begin_parameter(query, "from", asked.from));
  HAPAX_ASSIGN(asked.to, begin_parameter(query, "to", asked.to));
  HAPAX_ASSIGN(asked.rows_max, count_parameter(query, "limit", asked.rows_max, kRowsMax));
  if (asked.to < asked.from) {
    return invalid("the range ends before it begins", "days begin in [from, to), in UTC");
  }
  if (const auto text = query_parameter(query, "cursor")) {
    const auto bytes = decode_base64(*text);
    auto key = bytes ? split_day_key(*bytes) : std::nullopt;
    if (!key) {
      return unknown_cursor();
    }
    asked.behind = {std::move(key->source), key->day};
  }
  return asked;
}

Result<GapDevicesQuery> parse_gap_devices_query(std::string_view query) {
  constexpr std::array<std::string_view, 4> kKnown{"source", "day", "limit", "cursor"};
  HAPAX_TRY(check_parameters(query, kKnown));
  const auto source = query_parameter(query, "source");
  const auto day = query_parameter(query, "day");
  if (!source || !day) {
    return invalid("the devices of which source and day?",
                   "say both, as in source=web&day=2026-11-27; GET /api/gaps has the days on which "
                   "something is missing");
  }
  HAPAX_ASSIGN(const EventTime time, parse_query_time("day", *day));
  GapDevicesQuery asked{.source = *source, .day = day_of(time)};
  HAPAX_ASSIGN(asked.rows_max, count_parameter(query, "limit", asked.rows_max, kDevicesMax));
  if (const auto text = query_parameter(query, "cursor")) {
    auto place = decode_base64(*text);
    if (!place || !split_place(*place)) {
      return unknown_cursor();
    }
    asked.behind = std::move(*place);
  }
  return asked;
}

}  // namespace hapax
