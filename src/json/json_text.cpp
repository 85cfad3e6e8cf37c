// SPDX-License-Identifier: Apache-2.0
#include "json/json_text.hpp"

#include <cstdint>

namespace hapax {
namespace {

bool is_digit(char character) {
  return '0' <= character && character <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) {
    ++at;
  }
  return at;
}

}  // namespace

bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = at;
  at = skip_digits(text, at);
  if (at == whole || (text[whole] == '0' && at != whole + 1)) {
    return false;
  }
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = at + 1;
    at = skip_digits(text, fraction);
    if (at == fraction) {
      return false;
    }
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    at += at < text.size() && (text[at] == '+' || text[at] == '-') ? 1 : 0;
    const std::size_t exponent = at;
    at = skip_digits(text, exponent);
    if (at == exponent) {
      return false;
    }
  }
  return at == text.size();
}

void append_json_string(std::string_view text, std::string& to) {
  constexpr char kHex[] = "0123456789abcdef";
  to += '"';
  for (const char character : text) {
    const auto byte = static_cast<std::uint8_t>(character);
    if (character == '"' || character == '\\') {
      to += '\\';
      to += character;
    } else if (byte < 0x20) {
      to += "\\u00";
      to += kHex[byte >> 4U];
      to += kHex[byte & 0xFU];
    } else {
      to += character;
    }
  }
  to += '"';
}

void append_json_member(std::string_view name, std::string_view value, std::string& to) {
  to += ',';
  append_json_string(name, to);
  to += ':';
  append_json_string(value, to);
}

}  // namespace hapax
