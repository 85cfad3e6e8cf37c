// SPDX-License-Identifier: Apache-2.0
#include "read/live_query.hpp"

#include <fmt/format.h>

#include <array>

#include "http/query_string.hpp"

namespace hapax {
namespace {

constexpr std::array<std::string_view, 6> kParameters{"source", "event",   "top",
                                                      "by",     "minutes", "readKey"};
constexpr std::size_t kMinutesMax = 60;

Result<std::size_t> number_parameter(std::string_view query, std::string_view name,
                                     std::size_t missing, std::size_t most) {
  const auto text = query_parameter(query, name);
  if (!text) {
    return missing;
  }
  const auto number = parse_count(*text, most);
  if (!number) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("parameter {}=\"{}\" is out of range", name, *text),
                 .hint = fmt::format("use a number from 1 to {}", most)};
  }
  return *number;
}

Result<LiveOrder> order_parameter(std::string_view query) {
  const auto by = query_parameter(query, "by").value_or("count");
  if (by != "count" && by != "users") {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("parameter by=\"{}\" is no measure", by),
                 .hint = "use count or users"};
  }
  return by == "users" ? LiveOrder::kUsers : LiveOrder::kCount;
}

}  // namespace

Result<LiveQuery> parse_live_request(std::string_view query) {
  HAPAX_TRY(check_parameters(query, kParameters));
  LiveQuery live;
  live.source = query_parameter(query, "source");
  live.event = query_parameter(query, "event");
  HAPAX_ASSIGN(live.top, number_parameter(query, "top", live.top, kLiveCellsMax));
  HAPAX_ASSIGN(live.by, order_parameter(query));
  HAPAX_ASSIGN(const std::size_t minutes,
               number_parameter(query, "minutes", static_cast<std::size_t>(live.range.count()),
                                kMinutesMax));
  live.range = std::chrono::minutes(minutes);
  if (live.top * minutes > kLiveCellsMax) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("top={} groups of {} minutes are more than a stream shows",
                                        live.top, minutes),
                 .hint = fmt::format("use top * minutes of {} at most", kLiveCellsMax)};
  }
  return live;
}

}  // namespace hapax
