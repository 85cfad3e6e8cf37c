// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace hapax {

/// 128 bits that name a byte string (see hash/hash.hpp).
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// Order-free digest of a multiset of hashes: the sum of each half modulo 2^64. Equal multisets
/// have equal digests in any order; a loss and a double do not cancel out, as they would under XOR.
class Digest {
 public:
  constexpr Digest() = default;
  constexpr Digest(std::uint64_t low, std::uint64_t high) : sum_{low, high} {}

  constexpr void add(const Hash128& hash) {
    sum_.low += hash.low;
    sum_.high += hash.high;
  }
  constexpr void add(const Digest& other) { add(other.sum_); }
  constexpr const Hash128& sum() const { return sum_; }

  friend constexpr Digest operator+(Digest left, const Digest& right) {
    left.add(right);
    return left;
  }
  friend constexpr auto operator<=>(const Digest&, const Digest&) = default;

 private:
  Hash128 sum_;
};

/// 32 hexadecimal digits, the high half first.
std::string to_hex(const Digest& digest);

}  // namespace hapax
