// SPDX-License-Identifier: Apache-2.0
#include "access/password.hpp"

#include <fmt/format.h>
#include <sodium/core.h>
#include <sodium/crypto_pwhash.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace hapax {
namespace {

/// libsodium chooses the fastest code for this processor once, and seeds its salts.
void prepare() {
  static const bool is_ready = sodium_init() >= 0;
  if (!is_ready) {
    std::abort();
  }
}

/// Of UTF-8: bytes that do not continue one.
std::size_t characters(std::string_view text) {
  constexpr unsigned kMask = 0xC0;
  constexpr unsigned kContinues = 0x80;
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & kMask) != kContinues; }));
}

}  // namespace

Result<void> check_new_password(std::string_view password) {
  if (characters(password) < kPasswordCharactersMin) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("the password has {} characters", characters(password)),
                 .hint = fmt::format("take {} or more", kPasswordCharactersMin)};
  }
  if (password.size() > kPasswordBytesMax) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("the password has {} bytes", password.size()),
                 .hint = fmt::format("take {} at most", kPasswordBytesMax)};
  }
  return {};
}

Result<std::string> hash_password(std::string_view password) {
  prepare();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(),
                            crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Error{.kind = ErrorKind::kExhausted,
                 .message = fmt::format("there are no {} MiB of memory to hash a password with",
                                        crypto_pwhash_MEMLIMIT_INTERACTIVE >> 20U),
                 .hint = "free some and try again"};
  }
  return std::string(hash.data());
}

bool is_password(std::string_view password, const std::string& hash) {
  prepare();
  return is_password_hash(hash) && password.size() <= kPasswordBytesMax &&
         crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool is_password_hash(std::string_view text) {
  return text.starts_with(crypto_pwhash_argon2id_STRPREFIX) &&
         text.size() < crypto_pwhash_STRBYTES && text.find('\0') == std::string_view::npos;
}

}  // namespace hapax
