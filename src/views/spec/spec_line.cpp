// SPDX-License-Identifier: Apache-2.0
#include "views/spec/spec_line.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hapax {

Result<std::string> read_line(const SpecNode* node, const LineRule& rule, const SpecPlace& place) {
  const auto* text = node != nullptr ? node->as<std::string>() : nullptr;
  const std::string example = fmt::format("write it as \"{}\"", rule.example);
  if (node != nullptr && text == nullptr) {
    return place.error("this must be a text", example);
  }
  const std::string found = text != nullptr ? *text : std::string();
  if (found.size() < rule.bytes_min) {
    return place.error(node == nullptr ? "this is missing" : "this is empty", example);
  }
  if (found.size() > rule.bytes_max) {
    return place.error(
        fmt::format("the text has {} bytes, more than {}", found.size(), rule.bytes_max));
  }
  const auto is_wrong = [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 || byte == 0x7F) && (!rule.may_have_lines || c != '\n');
  };
  if (std::ranges::any_of(found, is_wrong)) {
    return place.error("the text has control characters in it", "leave them out");
  }
  return found;
}

}  // namespace hapax
