// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.hpp"

/// Integers at fixed places of stored bytes, for the formats of this folder.
namespace hapax::log_format {

static_assert(std::endian::native == std::endian::little, "stored integers are little endian");

template <typename T>
void put(std::string& buffer, std::size_t at, T value) {
  std::memcpy(buffer.data() + at, &value, sizeof(value));
}

template <typename T>
T get(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

inline std::span<const std::byte> as_span(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline Error corrupt(std::string message) {
  return {.kind = ErrorKind::kCorrupt, .message = std::move(message)};
}

}  // namespace hapax::log_format
