#include "read/view_request.hpp"

#include <fmt/format.h>

#include <array>

#include "core/time_math.hpp"
#include "core/timestamp.hpp"
#include "http/query_string.hpp"

namespace hapax {
namespace {

constexpr std::chrono::hours kDefaultRange{1};
constexpr std::array<std::string_view, 6> kParameters{"from",   "to",    "event",
                                                      "source", "after", "consistency"};

/// The '+' of an offset that was not written as %2B has become a space.
std::optional<EventTime> parse_query_time(std::string text) {
  const auto time = parse_timestamp(text);
  const auto space = text.rfind(' ');
  if (time || space == text.npos) {
    return time;
  }
  text[space] = '+';
  return parse_timestamp(text);
}

Result<EventTime> time_parameter(std::string_view query, std::string_view name, EventTime missing) {
  const auto text = query_parameter(query, name);
  if (!text) {
    return missing;
  }
  const auto time = parse_query_time(*text);
  if (!time) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("parameter {}=\"{}\" is not a time", name, *text),
                 .hint = "use ISO 8601 such as 2026-11-24T10:00:00Z, or epoch milliseconds"};
  }
  return *time;
}

}  // namespace

Result<ViewQuery> parse_view_request(std::string_view query, EventTime now) {
  HAPAX_TRY(check_parameters(query, kParameters));
  ViewQuery request;
  HAPAX_ASSIGN(request.from, time_parameter(query, "from", saturating_add(now, -kDefaultRange)));
  HAPAX_ASSIGN(request.to, time_parameter(query, "to", EventTime::max()));
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
  const auto consistency = query_parameter(query, "consistency").value_or("latest");
  if (consistency != "latest" && consistency != "final") {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("parameter consistency=\"{}\" is unknown", consistency),
                 .hint = "use latest or final"};
  }
  request.final_only = consistency == "final";
  return request;
}

}  // namespace hapax
