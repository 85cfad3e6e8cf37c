// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "hash/hash.hpp"

namespace hapax {

/// Hashes texts that clients choose: `seed` is secret, so that they cannot be chosen to collide.
struct SeededTextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return hash64(text, seed); }

  std::uint64_t seed = 0;
};

/// What is in it stays where it is. Made as `map(0, SeededTextHash{.seed = seed})`.
template <typename T>
using SeededTextMap = std::unordered_map<std::string, T, SeededTextHash, std::equal_to<>>;

}  // namespace hapax
