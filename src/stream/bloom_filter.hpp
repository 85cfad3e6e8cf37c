// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"

namespace hapax {

/// "Certainly not" or "maybe" for a set of 128-bit hashes: a blocked Bloom filter (Putze, Sanders,
/// Singler 2007) with one bit in each of the eight words of one cache line, so a lookup costs one
/// miss. 16 bits an id; at full capacity about 1 in 1,000 absent ids is a "maybe".
/// Stored (docs/formats/state.md): which bits an id sets never changes.
class BloomFilter {
 public:
  static constexpr std::uint64_t kIdsPerBlock = 32;  ///< 512 bits, 16 an id.

  /// For up to `capacity` ids, a power of two of at least kIdsPerBlock.
  explicit BloomFilter(std::uint64_t capacity);

  void add(const Hash128& id);
  bool maybe(const Hash128& id) const;
  void prefetch(const Hash128& id) const { __builtin_prefetch(&block_of(id)); }
  /// The lowest of these bits say which block an id is in: blocks share no memory.
  static std::uint64_t block_bits(const Hash128& id) { return id.low; }

  std::uint64_t bytes() const { return blocks_.size() * sizeof(Block); }
  std::string encode() const;
  /// Errors: kCorrupt, `encoded` is not a filter of that capacity.
  static Result<std::unique_ptr<BloomFilter>> decode(std::string_view encoded,
                                                     std::uint64_t capacity);

 private:
  static constexpr std::size_t kWords = 8;
  struct alignas(64) Block {
    std::array<std::uint64_t, kWords> words{};
  };

  const Block& block_of(const Hash128& id) const {
    return blocks_[block_bits(id) & (blocks_.size() - 1)];
  }

  std::vector<Block> blocks_;
};

}  // namespace hapax
