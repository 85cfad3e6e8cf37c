#pragma once

#include <string>
#include <string_view>

namespace hapax {

/// True when `text` is one JSON number, of any size (RFC 8259, section 6).
bool is_json_number(std::string_view text);

enum class EscapeState {
  kValid,
  kReplaceable,  ///< Well-formed, but \u0000 or half of a surrogate pair: see repair_json().
  kInvalid,
};

/// Checks the backslash escapes of a JSON string's inside.
EscapeState check_escapes(std::string_view inside);

/// `json` with U+FFFD in place of what clients send and others cannot store: bytes that are no
/// UTF-8 (one per maximal subpart, Unicode 3.9), NUL bytes, \u0000, lone surrogate escapes. The
/// result is valid UTF-8; JSON that was well-formed but for these is well-formed.
std::string repair_json(std::string_view json);

/// Appends `text` (valid UTF-8) as a JSON string with its quotes.
void append_json_string(std::string_view text, std::string& to);
/// Appends `,"name":"value"` to the object that `to` ends in.
void append_json_member(std::string_view name, std::string_view value, std::string& to);

}  // namespace hapax
