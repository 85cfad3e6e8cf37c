// SPDX-License-Identifier: Apache-2.0
#include "events/json_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/timestamp.hpp"

namespace hapax {
namespace {

bool is_line_end(char character) {
  return character == '\n' || character == '\r';
}

}  // namespace

void JsonLine::text(std::string_view name, std::string_view value) {
  if (!value.empty()) {
    using Json = nlohmann::json;
    raw(name, Json(value).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

void JsonLine::number(std::string_view name, std::uint64_t value) {
  raw(name, std::to_string(value));
}

void JsonLine::time(std::string_view name, EventTime value) {
  raw(name, fmt::format("\"{}\"", to_iso8601(value)));
}

/// Strings cannot hold a raw line end, so it is between tokens.
void JsonLine::raw(std::string_view name, std::string_view value) {
  if (!value.empty()) {
    line_.append(line_.empty() ? "{\"" : ",\"").append(name).append("\":");
    std::replace_copy_if(value.begin(), value.end(), std::back_inserter(line_), is_line_end, ' ');
  }
}

}  // namespace hapax
