// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hapax {

/// Protobuf's base-128 varint: seven bits a byte, lowest first, the high bit says that more follow.
constexpr std::size_t kVarintBytesMax = 10;

/// Writes `value` at `to`, which must have room for kVarintBytesMax bytes. Returns the end.
inline char* write_varint(std::uint64_t value, char* to) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<char>(value);
  return to;
}

inline void append_varint(std::uint64_t value, std::string& to) {
  char bytes[kVarintBytesMax];
  to.append(bytes, write_varint(value, bytes));
}

/// Takes a varint off the front of `from`; nothing when it is cut off or does not fit 64 bits,
/// `from` is then unspecified.
inline std::optional<std::uint64_t> take_varint(std::string_view& from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < from.size() && i < kVarintBytesMax; ++i) {
    const auto byte = static_cast<std::uint8_t>(from[i]);
    if (i == kVarintBytesMax - 1 && byte > 1) {
      return std::nullopt;
    }
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * i);
    if (byte < 0x80) {
      from.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace hapax
