#include "hash/hash.hpp"

#include <isa-l/crc.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <string>

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

Hash128 event_id_hash(std::string_view source, std::string_view message_id) {
  const std::uint32_t source_bytes = static_cast<std::uint32_t>(source.size());
  const std::size_t total = sizeof(source_bytes) + source.size() + message_id.size();
  constexpr std::size_t kOnStack = 256;
  char stack[kOnStack];
  std::string heap;
  char* joined = stack;
  if (total > kOnStack) {
    heap.resize(total);
    joined = heap.data();
  }
  std::memcpy(joined, &source_bytes, sizeof(source_bytes));
  source.copy(joined + sizeof(source_bytes), source.size());
  message_id.copy(joined + sizeof(source_bytes) + source.size(), message_id.size());
  return hash128({joined, total});
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
