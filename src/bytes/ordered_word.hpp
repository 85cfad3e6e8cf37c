// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hapax {

/// Of the 8 bytes of a word that are in the order of words: the highest first.
constexpr std::size_t kOrderedWordBytes = 8;
/// Toggled in a number with a sign, the order of its words is that of the numbers.
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63U;

inline void append_ordered_word(std::uint64_t word, std::string& out) {
  char bytes[kOrderedWordBytes];
  for (std::size_t i = 0; i < kOrderedWordBytes; ++i) {
    bytes[i] = static_cast<char>(word >> (8 * (kOrderedWordBytes - 1 - i)));
  }
  out.append(bytes, kOrderedWordBytes);
}

/// Takes one off the front of `in`; nothing when it is shorter.
inline std::optional<std::uint64_t> take_ordered_word(std::string_view& in) {
  if (in.size() < kOrderedWordBytes) {
    return std::nullopt;
  }
  std::uint64_t word = 0;
  for (const char byte : in.substr(0, kOrderedWordBytes)) {
    word = word << 8U | static_cast<unsigned char>(byte);
  }
  in.remove_prefix(kOrderedWordBytes);
  return word;
}

}  // namespace hapax
