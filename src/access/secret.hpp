// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "ports/random.hpp"

namespace hapax {

/// What is kept of a key, a token or a session's cookie, so that nobody who reads the memory or the
/// files of the server can use it: BLAKE2b-256. For secrets of 128 random bits and more; a password
/// has fewer, and another hash (password.hpp).
struct SecretHash {
  std::array<unsigned char, 32> bytes{};

  /// In a time that does not depend on how much of both is alike.
  friend bool operator==(const SecretHash& left, const SecretHash& right);
};

SecretHash hash_secret(std::string_view secret);

/// 64 hex digits, and back; nothing when `text` is something else.
std::string to_hex(const SecretHash& hash);
std::optional<SecretHash> parse_secret_hash(std::string_view text);

/// 256 random bits as 43 characters of base64url.
std::string make_secret(Random& random);

}  // namespace hapax
