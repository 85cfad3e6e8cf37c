// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "dedup/verdict.hpp"
#include "ports/log_source.hpp"

namespace hapax::verdict_format {

/// Bytes and rules: docs/formats/verdicts.md. The rule numbers below are that page's.
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytesMax = 48 + 64 * 40;
constexpr std::size_t kBlockHeaderBytes = 64;
constexpr std::size_t kAlignment = 8;  ///< Of blocks in their file.
constexpr std::uint32_t kPartitionsMax = 64;

/// How far the verdicts of a partition had come when a file began.
struct Progress {
  Offset complete_from;  ///< From there on none is missing, unless stored bytes are damaged.
  Offset last_base;      ///< Where the last block before the file begins; `end` if there is none.
  PartitionStart end;    ///< Behind the last verdict before the file, with the log's digest there.

  friend bool operator==(const Progress&, const Progress&) = default;
};

struct FileHeader {
  std::uint64_t sequence = 0;
  std::uint64_t salt = 0;
  std::uint64_t key_id = 0;  ///< Of the key that the digests are made with.
  std::vector<Progress> partitions;
};

constexpr std::size_t header_bytes(std::size_t partition_count) {
  return 48 + partition_count * 40;
}
std::string encode_header(const FileHeader& header);
/// Rules 1 and 2. Errors, without the file's name: kCorrupt; kInvalid, another format version.
Result<FileHeader> decode_header(std::string_view file);

/// Appends a block to `file`, which is what its file holds from byte `start` on.
/// `run` is not empty; `digest_after`: the log's digest of the partition at its end.
void append_block(PartitionId partition, const VerdictRun& run, const Digest& digest_after,
                  std::uint64_t salt, std::uint64_t start, std::string& file);

/// A whole block in a file.
struct BlockPlace {
  PartitionId partition;
  Offset base;
  std::uint32_t count = 0;
  Digest digest_after;
  std::size_t position = 0;
  std::size_t bytes = 0;  ///< Header and padding included.

  Offset end() const { return advance(base, count); }
};
/// The block at `position` of a file; nothing if there is none that is whole (rules 3 to 6).
std::optional<BlockPlace> block_at(std::string_view file, std::size_t position, std::uint64_t salt);
/// Its verdicts.
VerdictRun decode_block(std::string_view file, const BlockPlace& place);

/// "00000000000000000042.verdicts"
std::string file_name(std::uint64_t sequence);
std::optional<std::uint64_t> sequence_of(std::string_view name);

}  // namespace hapax::verdict_format
