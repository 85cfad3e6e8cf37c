// SPDX-License-Identifier: Apache-2.0
#include "stream/bloom_filter.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <string>

namespace hapax {

// Blocks are compared and stored as memory.
static_assert(std::endian::native == std::endian::little);

BloomFilter::BloomFilter(std::uint64_t capacity) : blocks_(capacity / kIdsPerBlock) {
  assert(std::has_single_bit(capacity) && capacity >= kIdsPerBlock);
}

void BloomFilter::add(const Hash128& id) {
  const BloomBits bits(id);
  Block& block = blocks_[place_of(bits.block)];
  for (std::size_t word = 0; word < BloomBits::kWords; ++word) {
    block.words[word] |= bits.words[word];
  }
}

BloomFilter BloomFilter::folded(std::uint64_t capacity) const {
  BloomFilter folded(capacity);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    Block& block = folded.blocks_[folded.place_of(i)];
    for (std::size_t word = 0; word < BloomBits::kWords; ++word) {
      block.words[word] |= blocks_[i].words[word];
    }
  }
  return folded;
}

std::string_view BloomFilter::piece(std::size_t number) const {
  const std::string_view all(reinterpret_cast<const char*>(blocks_.data()), bytes());
  return all.substr(number * kPieceBytes, kPieceBytes);
}

Result<void> BloomFilter::restore_piece(std::size_t number, std::string_view piece) {
  const std::size_t at = number * kPieceBytes;
  const std::size_t wanted = std::min(bytes() - at, kPieceBytes);
  if (piece.size() != wanted) {
    return Error{ErrorKind::kCorrupt, "dedup filter has " + std::to_string(piece.size()) +
                                          " bytes instead of " + std::to_string(wanted)};
  }
  std::memcpy(reinterpret_cast<char*>(blocks_.data()) + at, piece.data(), wanted);
  return {};
}

}  // namespace hapax
