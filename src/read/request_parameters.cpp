// SPDX-License-Identifier: Apache-2.0
#include "read/request_parameters.hpp"

#include <fmt/format.h>

#include "core/timestamp.hpp"
#include "http/query_string.hpp"

namespace hapax {
namespace {

/// The '+' of an offset that was not written as %2B has become a space.
std::optional<EventTime> parse_time(std::string text) {
  const auto time = parse_timestamp(text);
  const auto space = text.rfind(' ');
  if (time || space == text.npos) {
    return time;
  }
  text[space] = '+';
  return parse_timestamp(text);
}

}  // namespace

Result<EventTime> parse_query_time(std::string_view name, const std::string& text) {
  const auto time = parse_time(text);
  if (!time) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("parameter {}=\"{}\" is not a time", name, text),
                 .hint = "use ISO 8601 such as 2026-11-24T10:00:00Z, or epoch milliseconds"};
  }
  return *time;
}

Result<bool> final_only_parameter(std::string_view query) {
  const auto consistency = query_parameter(query, "consistency").value_or("latest");
  if (consistency != "latest" && consistency != "final") {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("parameter consistency=\"{}\" is unknown", consistency),
                 .hint = "use latest or final"};
  }
  return consistency == "final";
}

}  // namespace hapax
