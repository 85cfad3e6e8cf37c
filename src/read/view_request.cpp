// SPDX-License-Identifier: Apache-2.0
#include "read/view_request.hpp"

#include <fmt/format.h>

#include <array>

#include "core/time_math.hpp"
#include "http/query_string.hpp"
#include "read/request_parameters.hpp"
#include "read/view_cursor.hpp"

namespace hapax {
namespace {

constexpr std::chrono::hours kDefaultRange{1};
constexpr std::array<std::string_view, 8> kParameters{"from",  "to",          "event", "source",
                                                      "after", "consistency", "limit", "cursor"};

Result<EventTime> time_parameter(std::string_view query, std::string_view name, EventTime missing) {
  const auto text = query_parameter(query, name);
  if (!text) {
    return missing;
  }
  return parse_query_time(name, *text);
}

Result<std::size_t> limit_parameter(std::string_view query) {
  const auto text = query_parameter(query, "limit");
  if (!text) {
    return kCellsDefault;
  }
  const auto limit = parse_count(*text, kCellsMax);
  if (!limit) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("parameter limit=\"{}\" is not a number of cells", *text),
                 .hint = fmt::format("use 1 to {}", kCellsMax)};
  }
  return *limit;
}

/// A place means nothing in the order of another query.
Result<void> go_on_at(const ViewCursor& cursor, ViewQuery& request) {
  if (cursor.query_hash != query_hash(request)) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "parameter cursor is of another query",
                 .hint =
                     "go on with the same source, event and consistency, and with the same from "
                     "and to or without them"};
  }
  request.behind = cursor.place;
  return {};
}

}  // namespace

Result<ViewQuery> parse_view_request(std::string_view query, EventTime now) {
  HAPAX_TRY(check_parameters(query, kParameters));
  const auto cursor_text = query_parameter(query, "cursor");
  ViewCursor cursor{.from = saturating_add(now, -kDefaultRange), .to = EventTime::max()};
  if (cursor_text) {
    HAPAX_ASSIGN(cursor, decode_cursor(*cursor_text));
  }
  ViewQuery request;
  HAPAX_ASSIGN(request.from, time_parameter(query, "from", cursor.from));
  HAPAX_ASSIGN(request.to, time_parameter(query, "to", cursor.to));
  request.from = floor_to(request.from, kCellWidth);
  if (request.to < request.from) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "parameter to is before from",
                 .hint = "windows are [from, to) in UTC"};
  }
  request.event = query_parameter(query, "event");
  request.source = query_parameter(query, "source");
  if (const auto after = query_parameter(query, "after")) {
    HAPAX_ASSIGN(request.after, decode_receipt(*after));
  }
  HAPAX_ASSIGN(request.final_only, final_only_parameter(query));
  HAPAX_ASSIGN(request.cells_max, limit_parameter(query));
  if (cursor_text) {
    HAPAX_TRY(go_on_at(cursor, request));
  }
  return request;
}

}  // namespace hapax
