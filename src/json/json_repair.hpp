// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hapax {

/// Appends `json` to `to` with what clients send, and others cannot read or store, put right:
/// - U+FFFD for bytes that are no UTF-8 (one per maximal subpart, Unicode 3.9), NUL bytes, \u0000
///   and lone surrogate escapes;
/// - an escape for each raw control character in a string;
/// - null for the bare words NaN, Infinity, +Infinity, -Infinity and undefined.
/// What is appended is valid UTF-8. JSON that was well-formed but for these is well-formed; all
/// other damage stays damage. Returns whether there is a null that was none.
bool append_repaired_json(std::string_view json, std::string& to);

/// Where in `json` the byte comes from that is `offset` bytes into its repaired form.
std::size_t offset_before_repair(std::string_view json, std::size_t offset);

}  // namespace hapax
