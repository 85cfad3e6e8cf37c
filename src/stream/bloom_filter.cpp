// SPDX-License-Identifier: Apache-2.0
#include "stream/bloom_filter.hpp"

#include <bit>
#include <cassert>
#include <cstring>

namespace hapax {
namespace {

// Six bits of the hash for each word; the block came from the other half.
std::uint64_t bit_in_word(const Hash128& id, std::size_t word) {
  return std::uint64_t{1} << ((id.high >> (6 * word)) & 63U);
}

}  // namespace

// Blocks are compared and stored as memory.
static_assert(std::endian::native == std::endian::little);

BloomFilter::BloomFilter(std::uint64_t capacity) : blocks_(capacity / kIdsPerBlock) {
  assert(std::has_single_bit(capacity) && capacity >= kIdsPerBlock);
}

void BloomFilter::add(const Hash128& id) {
  Block& block = blocks_[block_bits(id) & (blocks_.size() - 1)];
  for (std::size_t word = 0; word < kWords; ++word) {
    block.words[word] |= bit_in_word(id, word);
  }
}

bool BloomFilter::maybe(const Hash128& id) const {
  const Block& block = block_of(id);
  std::uint64_t missing = 0;
  for (std::size_t word = 0; word < kWords; ++word) {
    missing |= bit_in_word(id, word) & ~block.words[word];
  }
  return missing == 0;
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
