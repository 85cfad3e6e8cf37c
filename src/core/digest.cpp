// SPDX-License-Identifier: Apache-2.0
#include "core/digest.hpp"

namespace hapax {

std::string to_hex(const Digest& digest) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  std::string hex;
  for (const std::uint64_t half : {digest.sum().high, digest.sum().low}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      hex += kHexDigits[half >> shift & 0xFU];
    }
  }
  return hex;
}

}  // namespace hapax
