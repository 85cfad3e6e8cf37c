// SPDX-License-Identifier: Apache-2.0
#include "json/json_walk.hpp"

#include <cstring>

#include "json/json_text.hpp"

namespace hapax {

std::string_view trim_json_space(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  return text;
}

JsonWalk::JsonWalk(std::string_view json, const JsonIndex& index)
    : json_(json.data()),
      text_end_(json.data() + json.size()),
      at_(index.tokens().data()),
      end_(at_ + index.tokens().size() - 1),
      backslash_(find_backslash(json_)) {}

bool JsonWalk::fail(bool too_deep) {
  if (!fault_) {
    fault_ = JsonFault{.at = static_cast<std::size_t>(position() - json_), .too_deep = too_deep};
  }
  return false;
}

bool JsonWalk::check(std::uint32_t depth) {
  switch (ahead()) {
    case '{':
      return enter(depth) && each_field([&](std::string_view) { return check(depth + 1); });
    case '[':
      return enter(depth) && each_element([&] { return check(depth + 1); });
    case '"':
      return string().data() != nullptr;
    case 't':
      return token() == "true" ? pass() : fail();
    case 'f':
      return token() == "false" ? pass() : fail();
    case 'n':
      return token() == "null" ? pass() : fail();
    default:
      // Anything else that does not belong here, the text's end too, is no number either.
      return !at_end() && is_json_number(token()) ? pass() : fail();
  }
}

const char* JsonWalk::find_backslash(const char* from) const {
  const auto* found =
      static_cast<const char*>(std::memchr(from, '\\', static_cast<std::size_t>(text_end_ - from)));
  return found != nullptr ? found : text_end_;
}

std::optional<JsonFault> find_json_fault(std::string_view json, JsonIndex& index) {
  if (!index.build(json)) {
    return JsonFault{};
  }
  JsonWalk walk(json, index);
  const bool is_one_value = walk.check(1) && (walk.at_end() || walk.fail());
  return is_one_value ? std::nullopt : walk.fault();
}

}  // namespace hapax
