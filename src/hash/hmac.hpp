// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace hapax {

/// HMAC-SHA-256 (RFC 2104, FIPS 180-4) of `message` under `key`, 64 hex digits in lower case.
std::string hmac_sha256_hex(std::string_view key, std::string_view message);

}  // namespace hapax
