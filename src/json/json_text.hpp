// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace hapax {

/// True when `text` is one JSON number, of any size (RFC 8259, section 6).
bool is_json_number(std::string_view text);

/// Appends `text` (valid UTF-8) as a JSON string with its quotes.
void append_json_string(std::string_view text, std::string& to);
/// Appends `,"name":"value"` to the object that `to` ends in.
void append_json_member(std::string_view name, std::string_view value, std::string& to);

}  // namespace hapax
