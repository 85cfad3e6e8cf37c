// SPDX-License-Identifier: Apache-2.0
#include "core/decimal_digits.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace hapax {
namespace {

// The zeros of all scripts that have decimal digits; the nine others follow each of them.
constexpr std::array<std::uint32_t, 76> kZeros = {
    0x0030,  0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,
    0x0C66,  0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x1090,  0x17E0,
    0x1810,  0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,
    0xA8D0,  0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x10D40,
    0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0,
    0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130,
    0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
    0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0};
constexpr std::uint32_t kNoBreakSpace = 0x00A0;
constexpr std::uint32_t kNarrowNoBreakSpace = 0x202F;

struct Character {
  std::uint32_t code;
  std::size_t bytes;
};

// The character at the start of `text`; of what is no UTF-8 the first byte, as no digit.
Character first_character(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t bytes = lead < 0x80   ? 1
                            : lead < 0xC0 ? 0
                            : lead < 0xE0 ? 2
                            : lead < 0xF0 ? 3
                                          : 4;
  if (bytes == 0 || bytes > text.size()) {
    return {.code = 0, .bytes = 1};
  }
  std::uint32_t code = bytes == 1 ? lead : lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0U) != 0x80) {
      return {.code = 0, .bytes = 1};
    }
    code = code << 6U | (next & 0x3FU);
  }
  return {.code = code, .bytes = bytes};
}

}  // namespace

std::string with_ascii_digits(std::string_view text) {
  std::string ascii;
  while (!text.empty()) {
    const Character next = first_character(text);
    const auto* above = std::upper_bound(kZeros.begin(), kZeros.end(), next.code);
    const std::uint32_t value = above == kZeros.begin() ? 10 : next.code - *std::prev(above);
    if (value < 10) {
      ascii += static_cast<char>('0' + value);
    } else if (next.code == kNoBreakSpace || next.code == kNarrowNoBreakSpace) {
      ascii += ' ';
    } else {
      ascii += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return ascii;
}

}  // namespace hapax
