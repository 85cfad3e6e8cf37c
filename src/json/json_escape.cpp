// SPDX-License-Identifier: Apache-2.0
#include "json/json_escape.hpp"

#include <optional>

namespace hapax {
namespace {

constexpr std::size_t kUnicodeEscapeBytes = 6;  // \uXXXX

// The code unit of \uXXXX at `at`; nothing when it is none.
std::optional<std::uint32_t> unicode_escape(std::string_view text, std::size_t at) {
  if (at + kUnicodeEscapeBytes > text.size() || text[at] != '\\' || text[at + 1] != 'u') {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  for (std::size_t i = at + 2; i < at + kUnicodeEscapeBytes; ++i) {
    const auto lower = static_cast<char>(text[i] | 0x20);
    if ('0' <= text[i] && text[i] <= '9') {
      unit = unit * 16 + static_cast<std::uint32_t>(text[i] - '0');
    } else if ('a' <= lower && lower <= 'f') {
      unit = unit * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return unit;
}

bool is_high_surrogate(std::uint32_t unit) {
  return 0xD800 <= unit && unit < 0xDC00;
}

bool is_low_surrogate(std::uint32_t unit) {
  return 0xDC00 <= unit && unit < 0xE000;
}

}  // namespace

JsonEscape read_escape(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) {
    return {EscapeState::kInvalid, 1};
  }
  if (text[at + 1] != 'u') {
    const bool known = std::string_view("\"\\/bfnrt").find(text[at + 1]) != std::string_view::npos;
    return {known ? EscapeState::kValid : EscapeState::kInvalid, 2};
  }
  const auto unit = unicode_escape(text, at);
  if (!unit) {
    return {EscapeState::kInvalid, 2};
  }
  if (is_high_surrogate(*unit)) {
    const auto next = unicode_escape(text, at + kUnicodeEscapeBytes);
    if (next && is_low_surrogate(*next)) {
      return {EscapeState::kValid, 2 * kUnicodeEscapeBytes};
    }
  }
  const bool replace = *unit == 0 || is_high_surrogate(*unit) || is_low_surrogate(*unit);
  return {replace ? EscapeState::kReplaceable : EscapeState::kValid, kUnicodeEscapeBytes};
}

bool has_valid_escapes(std::string_view inside) {
  for (std::size_t at = inside.find('\\'); at != std::string_view::npos;) {
    const JsonEscape escape = read_escape(inside, at);
    if (escape.state != EscapeState::kValid) {
      return false;
    }
    at = inside.find('\\', at + escape.bytes);
  }
  return true;
}

}  // namespace hapax
