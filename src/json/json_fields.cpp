// SPDX-License-Identifier: Apache-2.0
#include "json/json_fields.hpp"

#include "json/json_walk.hpp"

namespace hapax {

std::optional<JsonFields::Field> JsonFields::next() {
  at_ = text_.find_first_of("\"}", at_ == 0 ? 1 : at_);
  if (at_ == std::string_view::npos || text_[at_] == '}') {
    return std::nullopt;
  }
  const std::size_t start = at_;
  const std::size_t key_end = string_end(start);
  at_ = value_end(key_end);
  return Field{.key = text_.substr(start, key_end - start),
               .text = text_.substr(start, at_ - start)};
}

std::size_t JsonFields::string_end(std::size_t at) const {
  for (++at; text_[at] != '"'; ++at) {
    at += text_[at] == '\\' ? 1 : 0;
  }
  return at + 1;
}

// Where the comma or the brace after the value is.
std::size_t JsonFields::value_end(std::size_t at) const {
  for (int depth = 0;;) {
    const char character = text_[at];
    if (depth == 0 && (character == ',' || character == '}')) {
      return at;
    }
    depth += character == '{' || character == '[' ? 1 : 0;
    depth -= character == '}' || character == ']' ? 1 : 0;
    at = character == '"' ? string_end(at) : at + 1;
  }
}

std::string_view json_member(std::string_view object, std::string_view key) {
  std::string_view value;
  if (!object.starts_with('{')) {
    return value;
  }
  JsonFields fields(object);
  while (const auto field = fields.next()) {
    if (field->key.substr(1, field->key.size() - 2) == key) {
      const std::string_view behind = trim_json_space(field->text.substr(field->key.size()));
      value = trim_json_space(behind.substr(1));  // Behind the colon.
    }
  }
  return value;
}

std::string_view plain_json_string(std::string_view value) {
  const bool is_plain = value.starts_with('"') && value.find('\\') == std::string_view::npos;
  return is_plain ? value.substr(1, value.size() - 2) : std::string_view();
}

}  // namespace hapax
