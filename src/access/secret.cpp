// SPDX-License-Identifier: Apache-2.0
#include "access/secret.hpp"

#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include <cstdint>

#include "bytes/base64.hpp"

namespace hapax {

bool operator==(const SecretHash& left, const SecretHash& right) {
  return sodium_memcmp(left.bytes.data(), right.bytes.data(), left.bytes.size()) == 0;
}

SecretHash hash_secret(std::string_view secret) {
  SecretHash hash;
  crypto_generichash(hash.bytes.data(), hash.bytes.size(),
                     reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), nullptr,
                     0);
  return hash;
}

std::string to_hex(const SecretHash& hash) {
  std::string text(2 * hash.bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), hash.bytes.data(), hash.bytes.size());
  text.pop_back();
  return text;
}

std::optional<SecretHash> parse_secret_hash(std::string_view text) {
  SecretHash hash;
  std::size_t bytes = 0;
  const char* end = nullptr;
  const int failed = sodium_hex2bin(hash.bytes.data(), hash.bytes.size(), text.data(), text.size(),
                                    nullptr, &bytes, &end);
  const bool is_all = failed == 0 && bytes == hash.bytes.size() && end == text.data() + text.size();
  return is_all ? std::optional(hash) : std::nullopt;
}

std::string make_secret(Random& random) {
  constexpr std::size_t kWords = 4;
  std::string bytes;
  for (std::size_t word = 0; word < kWords; ++word) {
    const std::uint64_t bits = random.next();
    bytes.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
  }
  return encode_base64url(bytes);
}

}  // namespace hapax
