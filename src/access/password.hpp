// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

constexpr std::size_t kPasswordCharactersMin = 10;
constexpr std::size_t kPasswordBytesMax = 1024;

/// Whether `password` may be one. Errors: kInvalid, it is too short or too long.
Result<void> check_new_password(std::string_view password);

/// Argon2id with a random salt, 64 MiB and two passes (libsodium's "interactive" limits), as one
/// line of text that names its parameters. Takes about a tenth of a second, and that memory
/// meanwhile: call it on one thread alone.
/// Errors: kExhausted, there is no such memory.
Result<std::string> hash_password(std::string_view password);

/// Whether `hash` is of `password`. Cost: as hash_password(), with the parameters of `hash`.
/// False as well when there is no memory to tell.
bool is_password(std::string_view password, const std::string& hash);

/// Whether `text` looks like a hash of hash_password().
bool is_password_hash(std::string_view text);

}  // namespace hapax
