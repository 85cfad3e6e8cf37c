// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/local_log/format.hpp"
#include "core/result.hpp"

/// The bytes of a twin, the compressed form of a segment. Bytes and rules: docs/formats/log.md,
/// "Compressed segments".
namespace hapax::twin_format {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFixedBytes = 64;     ///< Of a head without its table.
constexpr std::size_t kSkippableBytes = 8;  ///< They make a head a frame that zstd passes over.
constexpr std::size_t kEntryBytes = 4;      ///< Of the table.
constexpr std::uint32_t kBlockBytes = 256U << 10U;    ///< Of blocks that are written.
constexpr std::uint32_t kBlockBytesMax = 16U << 20U;  ///< Of blocks that are read.
constexpr std::uint64_t kRawBytesMax = std::uint64_t{8} << 30U;

/// What a twin says of itself, at its beginning and once more at its end.
struct Head {
  log_format::Generation generation;      ///< Of the segment.
  std::uint64_t raw_bytes = 0;            ///< Of the raw file.
  std::uint64_t content_bytes = 0;        ///< Of these, up to the end of the seal; zeros follow.
  std::uint32_t block_bytes = 0;          ///< Of content in each block but the last.
  std::vector<std::uint32_t> table = {};  ///< Bytes of each block, compressed.

  friend bool operator==(const Head&, const Head&) = default;
};

/// How many blocks hold so many bytes of content.
constexpr std::uint64_t block_count(std::uint64_t content_bytes, std::uint32_t block_bytes) {
  return (content_bytes + block_bytes - 1) / block_bytes;
}

/// The bytes of a head, its table and what zstd passes over it by included.
constexpr std::uint64_t head_bytes(std::uint64_t block_count) {
  return kSkippableBytes + kFixedBytes + block_count * kEntryBytes;
}

/// The head as it stands at the beginning, its table last.
std::string encode_front(const Head& head);
/// As it stands at the end, its table first.
std::string encode_back(const Head& head);

/// How many entries the table has of which this is the fixed part. Errors, without the file's name:
/// kCorrupt, it is none; kInvalid, of another version.
Result<std::uint32_t> decode_block_count(std::span<const std::byte> fixed);
/// Errors: as above; kCorrupt, it is not the table of this head.
Result<Head> decode_head(std::span<const std::byte> fixed, std::span<const std::byte> table);

constexpr std::string_view kUnfinished = "compressing.tmp";

}  // namespace hapax::twin_format
