// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hapax {

/// base64url without padding (RFC 4648, section 5).
std::string encode_base64url(std::string_view bytes);

/// base64 with padding (RFC 4648, section 4).
std::string encode_base64(std::string_view bytes);

/// Decodes standard and URL-safe base64, mixed if need be, with or without padding; unused bits at
/// the end are ignored. Nothing when `text` has another character or an impossible length.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace hapax
