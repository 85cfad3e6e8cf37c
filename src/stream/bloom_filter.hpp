// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/huge_page_allocator.hpp"
#include "core/result.hpp"

namespace hapax {

/// The bits of an id in its block, made once to ask several filters.
struct BloomBits {
  static constexpr std::size_t kWords = 8;

  explicit BloomBits(const Hash128& id) : block(block_bits(id)) {
    for (std::size_t word = 0; word < kWords; ++word) {
      words[word] = std::uint64_t{1} << ((id.high >> (6 * word)) & 63U);
    }
  }

  /// The lowest of these say which block an id is in: blocks share no memory.
  static std::uint64_t block_bits(const Hash128& id) { return id.low; }

  alignas(64) std::array<std::uint64_t, kWords> words;
  std::uint64_t block;  ///< Its block_bits().
};

/// "Certainly not" or "maybe" for a set of 128-bit hashes: a blocked Bloom filter (Putze, Sanders,
/// Singler 2007) with one bit in each of the eight words of one cache line, so a lookup costs one
/// miss, on huge pages where Linux gives them: with small ones most lookups would miss the
/// translation of the address, too. 16 bits an id; at full capacity about 1 in 1,000 absent ids is
/// a "maybe". Stored (docs/formats/state.md): which bits an id sets never changes.
class BloomFilter {
 public:
  static constexpr std::uint64_t kIdsPerBlock = 32;  ///< 512 bits, 16 an id.
  static constexpr std::size_t kPieceBytes = std::size_t{16} << 20U;

  /// For up to `capacity` ids, a power of two of at least kIdsPerBlock.
  explicit BloomFilter(std::uint64_t capacity);

  void add(const Hash128& id);
  bool maybe(const BloomBits& bits) const {
    const Block& block = blocks_[place_of(bits.block)];
    std::uint64_t missing = 0;
    for (std::size_t word = 0; word < BloomBits::kWords; ++word) {
      missing |= bits.words[word] & ~block.words[word];
    }
    return missing == 0;
  }
  bool maybe(const Hash128& id) const { return maybe(BloomBits(id)); }
  void prefetch(const Hash128& id) const {
    __builtin_prefetch(&blocks_[place_of(BloomBits::block_bits(id))]);
  }

  /// The same as if all had been added to one of `capacity`, at most its own: its parts, laid over
  /// each other.
  BloomFilter folded(std::uint64_t capacity) const;

  std::uint64_t capacity() const { return blocks_.size() * kIdsPerBlock; }
  std::uint64_t bytes() const { return blocks_.size() * sizeof(Block); }
  /// As it is stored, in pieces: a large one as a whole would be in memory several times on its
  /// way.
  std::size_t piece_count() const { return (bytes() + kPieceBytes - 1) / kPieceBytes; }
  /// Until it changes.
  std::string_view piece(std::size_t number) const;
  /// Errors: kCorrupt, `piece` is not of a filter of that capacity.
  Result<void> restore_piece(std::size_t number, std::string_view piece);

 private:
  struct alignas(64) Block {
    std::array<std::uint64_t, BloomBits::kWords> words{};
  };

  std::size_t place_of(std::uint64_t block_bits) const { return block_bits & (blocks_.size() - 1); }

  std::vector<Block, HugePageAllocator<Block>> blocks_;
};

}  // namespace hapax
