// SPDX-License-Identifier: Apache-2.0
#include "hash/hash.hpp"

#include <isa-l/crc.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace hapax {
namespace {

Hash128 from_xxh(const XXH128_hash_t& hash) {
  return {.low = hash.low64, .high = hash.high64};
}

}  // namespace

Hash128 hash128(std::string_view bytes) {
  return from_xxh(XXH3_128bits(bytes.data(), bytes.size()));
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
  // isa-l takes int lengths and leaves the usual inversions to its caller.
  constexpr std::size_t kChunkBytesMax = 1U << 30U;
  crc = ~crc;
  while (!bytes.empty()) {
    const auto chunk = bytes.first(std::min(bytes.size(), kChunkBytesMax));
    // The parameter lacks const; the function only reads.
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(chunk.data()));
    crc = crc32_iscsi(data, static_cast<int>(chunk.size()), crc);
    bytes = bytes.subspan(chunk.size());
  }
  return ~crc;
}

}  // namespace hapax
