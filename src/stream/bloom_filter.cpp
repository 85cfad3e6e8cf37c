// SPDX-License-Identifier: Apache-2.0
#include "stream/bloom_filter.hpp"

#include <bit>
#include <cassert>
#include <cstring>

namespace hapax {

// Blocks are compared and stored as memory.
static_assert(std::endian::native == std::endian::little);

BloomFilter::BloomFilter(std::uint64_t capacity) : blocks_(capacity / kIdsPerBlock) {
  assert(std::has_single_bit(capacity) && capacity >= kIdsPerBlock);
}

void BloomFilter::add(const Hash128& id) {
  const BloomBits bits(id);
  Block& block = blocks_[bits.block & (blocks_.size() - 1)];
  for (std::size_t word = 0; word < BloomBits::kWords; ++word) {
    block.words[word] |= bits.words[word];
  }
}

std::string BloomFilter::encode() const {
  return {reinterpret_cast<const char*>(blocks_.data()), bytes()};
}

Result<std::unique_ptr<BloomFilter>> BloomFilter::decode(std::string_view encoded,
                                                         std::uint64_t capacity) {
  auto filter = std::make_unique<BloomFilter>(capacity);
  if (encoded.size() != filter->bytes()) {
    return Error{ErrorKind::kCorrupt, "dedup filter has " + std::to_string(encoded.size()) +
                                          " bytes instead of " + std::to_string(filter->bytes())};
  }
  std::memcpy(filter->blocks_.data(), encoded.data(), encoded.size());
  return filter;
}

}  // namespace hapax
