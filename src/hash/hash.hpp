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

/// What dedup and the digests know an event by: hash128 of source and message id, with the length
/// of the source between them, so that no two pairs have the same bytes.
Hash128 event_id_hash(std::string_view source, std::string_view message_id);

/// CRC32C (Castagnoli, RFC 3720 B.4) of `bytes`, continuing from `crc` (0 at the start).
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace hapax
