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

Result<std::size_t> count_parameter(std::string_view query, std::string_view name,
                                    std::size_t missing, std::size_t most) {
  const auto text = query_parameter(query, name);
  const auto count = text ? parse_count(*text, most) : missing;
  return count ? Result<std::size_t>(*count) : not_a_count(name, *text, most);
}

Error not_a_count(std::string_view name, std::string_view text, std::size_t most) {
  return {ErrorKind::kInvalid, fmt::format("parameter {}=\"{}\" is out of range", name, text),
          fmt::format("use a number from 1 to {}", most)};
}

Error unknown_cursor() {
  return {ErrorKind::kInvalid, "parameter cursor is not one that an answer gave",
          "send back `next` of an answer as it was, or begin without a cursor"};
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
