#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ports/checkpoint_store.hpp"

// Names, keys and values in the store: docs/formats/checkpoint.md. Stored: never change.
namespace hapax::rocksdb_format {

inline constexpr std::string_view kCellsFamily = "cells";
inline constexpr std::string_view kMetaKey = "meta";
/// In a bucket's family, after every id: those have 16 bytes.
inline constexpr std::string_view kFilterKey =
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "filter";

std::string bucket_family(BucketId bucket);
/// Empty when `family` is not a bucket's.
std::optional<BucketId> bucket_of_family(std::string_view family);

/// Low half, then high half, each big endian: the byte order of keys is the order of Hash128.
std::array<char, 16> id_key(const Hash128& id);
std::array<char, 8> content_value(std::uint64_t content);
template <std::size_t Size>
std::string_view as_text(const std::array<char, Size>& bytes) {
  return {bytes.data(), bytes.size()};
}
/// Empty when the sizes do not fit.
std::optional<SeenId> decode_id(std::string_view key, std::string_view value);
std::optional<std::uint64_t> decode_content(std::string_view value);

}  // namespace hapax::rocksdb_format
