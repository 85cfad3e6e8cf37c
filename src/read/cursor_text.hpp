// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// The fields of a cursor as clients carry them: opaque, URL-safe, of version 1. A checksum is for
/// what gets lost on the way; who makes a cursor up only gets another page.
std::string encode_cursor_text(std::string_view fields);

/// Nothing when `text` is not what encode_cursor_text() made, or of another version.
std::optional<std::string> decode_cursor_text(std::string_view text);

/// Of a cursor that no answer gave.
Error no_cursor();

}  // namespace hapax
