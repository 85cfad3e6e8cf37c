// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/digest.hpp"

namespace hapax {

/// XXH3, 128 bits (https://github.com/Cyan4973/xxHash). Stored: never changes its value.
Hash128 hash128(std::string_view bytes);

/// XXH3, 64 bits. Stored: never changes its value.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

/// CRC32C (Castagnoli, RFC 3720 B.4) of `bytes`, continuing from `crc` (0 at the start).
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace hapax
