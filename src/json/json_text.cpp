#include "json/json_text.hpp"

#include <cstdint>
#include <optional>

namespace hapax {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::string_view kReplacementEscape = "\\ufffd";
constexpr std::size_t kUnicodeEscapeBytes = 6;  // \uXXXX

bool is_digit(char character) {
  return '0' <= character && character <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) {
    ++at;
  }
  return at;
}

// The code unit of \uXXXX at `at`; nothing when it is none.
std::optional<std::uint32_t> unicode_escape(std::string_view text, std::size_t at) {
  if (at + kUnicodeEscapeBytes > text.size() || text[at] != '\\' || text[at + 1] != 'u') {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  for (std::size_t i = at + 2; i < at + kUnicodeEscapeBytes; ++i) {
    const auto lower = static_cast<char>(text[i] | 0x20);
    if (is_digit(text[i])) {
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

struct Escape {
  EscapeState state;
  std::size_t bytes;
};

// The escape at `at`, where a backslash is.
Escape read_escape(std::string_view text, std::size_t at) {
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

struct Sequence {
  bool valid;
  std::size_t bytes;
};

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
}

// The UTF-8 sequence at `at`, or its maximal subpart (Unicode table 3-7).
Sequence read_utf8(std::string_view text, std::size_t at) {
  const std::uint8_t lead = byte_at(text, at);
  if (lead < 0x80) {
    return {lead != 0, 1};
  }
  if (lead < 0xC2 || lead > 0xF4) {
    return {false, 1};
  }
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const std::uint8_t second_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t second_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  const std::uint8_t second = byte_at(text, at + 1);
  if (second < second_min || second > second_max) {
    return {false, 1};
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xC0U) != 0x80) {
      return {false, i};
    }
  }
  return {true, length};
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

EscapeState check_escapes(std::string_view inside) {
  EscapeState state = EscapeState::kValid;
  for (std::size_t at = inside.find('\\'); at != std::string_view::npos;) {
    const Escape escape = read_escape(inside, at);
    if (escape.state == EscapeState::kInvalid) {
      return escape.state;
    }
    state = escape.state == EscapeState::kReplaceable ? escape.state : state;
    at = inside.find('\\', at + escape.bytes);
  }
  return state;
}

std::string repair_json(std::string_view json) {
  std::string repaired;
  repaired.reserve(json.size() + json.size() / 8);
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] == '\\') {
      const Escape escape = read_escape(json, at);
      // An invalid escape keeps its backslash only: what follows may be no UTF-8 either.
      const std::size_t bytes = escape.state == EscapeState::kInvalid ? 1 : escape.bytes;
      repaired +=
          escape.state == EscapeState::kReplaceable ? kReplacementEscape : json.substr(at, bytes);
      at += bytes;
      continue;
    }
    const Sequence sequence = read_utf8(json, at);
    repaired += sequence.valid ? json.substr(at, sequence.bytes) : kReplacement;
    at += sequence.bytes;
  }
  return repaired;
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
