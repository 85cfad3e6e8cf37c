// SPDX-License-Identifier: Apache-2.0
#include "bench_client/message_ids.hpp"

#include <array>
#include <cstring>

#include "hash/mix64.hpp"

namespace hapax::bench {
namespace {

constexpr std::uint64_t kVersion4 = 0x0000'0000'0000'4000;
constexpr std::uint64_t kVersionBits = 0x0000'0000'0000'f000;
constexpr std::uint64_t kVariant1 = 0x8000'0000'0000'0000;
constexpr std::uint64_t kVariantBits = 0xc000'0000'0000'0000;

constexpr std::array<char, 512> kHexPairs = [] {
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<char, 512> pairs{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    pairs[2 * byte] = kDigits[byte >> 4U];
    pairs[2 * byte + 1] = kDigits[byte & 15U];
  }
  return pairs;
}();

/// `bytes` bytes of `value`, from the byte at bit `shift` downwards.
char* put_hex(char* text, std::uint64_t value, unsigned shift, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    std::memcpy(text + 2 * i, &kHexPairs[2 * ((value >> (shift - 8 * i)) & 255U)], 2);
  }
  return text + 2 * bytes;
}

}  // namespace

MessageIds::MessageIds(Random& random) : seed_high_(random.next()), seed_low_(random.next()) {}

std::uint64_t MessageIds::write(std::uint64_t number, char* text) const {
  // Two numbers never meet.
  const auto bits = mix64(seed_high_ + number);
  const auto high = (bits & ~kVersionBits) | kVersion4;
  const auto low = (mix64(seed_low_ ^ number) & ~kVariantBits) | kVariant1;
  text = put_hex(text, high, 56, 4);
  *text++ = '-';
  text = put_hex(text, high, 24, 2);
  *text++ = '-';
  text = put_hex(text, high, 8, 2);
  *text++ = '-';
  text = put_hex(text, low, 56, 2);
  *text++ = '-';
  put_hex(text, low, 40, 6);
  return bits;
}

}  // namespace hapax::bench
