// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "stream/id_table.hpp"

namespace hapax {

// The bytes of stored ids (docs/formats/state.md), for id_table.cpp and id_runs.cpp.

inline constexpr std::size_t kHalfBytes = 8;
inline constexpr std::size_t kIdBytes = 2 * kHalfBytes;
inline constexpr std::size_t kContentBytes = 8;
inline constexpr const char* kRebuild = "remove the state folder to rebuild it from the log";

template <std::unsigned_integral T>
void put_big_endian(T value, std::string& to) {
  char bytes[sizeof(T)];
  for (std::size_t i = sizeof(T); i > 0; --i, value = static_cast<T>(value >> 8U)) {
    bytes[i - 1] = static_cast<char>(value);
  }
  to.append(bytes, sizeof(T));
}

inline std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return value;
}

/// Low half, then high half: the order of the bytes is that of Hash128.
inline void put_id(const Hash128& id, std::string& to) {
  put_big_endian(id.low, to);
  put_big_endian(id.high, to);
}
inline Hash128 read_id(std::string_view bytes) {
  return {.low = read_big_endian(bytes.substr(0, kHalfBytes)),
          .high = read_big_endian(bytes.substr(kHalfBytes, kHalfBytes))};
}

inline Error damaged_id(BucketId bucket) {
  return {ErrorKind::kCorrupt,
          "a stored id of bucket " + std::to_string(bucket.value()) + " is damaged", kRebuild};
}

}  // namespace hapax
