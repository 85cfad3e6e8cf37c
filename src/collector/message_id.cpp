// SPDX-License-Identifier: Apache-2.0
#include "collector/message_id.hpp"

#include <cstdint>

namespace hapax {

std::string make_message_id(Random& random) {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr std::uint64_t kVersionMask = 0xF000, kVersion4 = 0x4000;
  constexpr std::uint64_t kVariantMask = 0xC000'0000'0000'0000, kVariant = 0x8000'0000'0000'0000;
  const std::uint64_t halves[] = {(random.next() & ~kVersionMask) | kVersion4,
                                  (random.next() & ~kVariantMask) | kVariant};
  std::string id;
  for (const std::uint64_t half : halves) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      id += kHex[(half >> shift) & 0xFU];
      if (id.size() == 8 || id.size() == 13 || id.size() == 18 || id.size() == 23) {
        id += '-';
      }
    }
  }
  return id;
}

}  // namespace hapax
