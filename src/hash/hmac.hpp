// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace hapax {

/// HMAC-SHA-256 (RFC 2104, FIPS 180-4) of `message` under `key`, 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view message);
/// The same as 64 hex digits in lower case.
std::string hmac_sha256_hex(std::string_view key, std::string_view message);

/// SHA-256 (FIPS 180-4), 64 hex digits in lower case.
std::string sha256_hex(std::string_view message);

}  // namespace hapax
