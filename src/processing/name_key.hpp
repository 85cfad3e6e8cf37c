// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hapax {

/// A name as the table "names" has it: the source, and the hash of source and name.
struct NameKey {
  std::string source;
  std::uint64_t hash = 0;

  friend bool operator==(const NameKey&, const NameKey&) = default;
};

/// The source with 00 written as 00 FF, then 00 01, then the hash (8 bytes, big endian): names of a
/// source lie together. Stored: docs/formats/state.md.
std::string encode_name_key(std::string_view source, std::uint64_t hash);
/// Nothing when `key` was not made so.
std::optional<NameKey> decode_name_key(std::string_view key);

}  // namespace hapax
