// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/local_log/twin_format.hpp"
#include "adapters/local_log/zstd_codec.hpp"
#include "core/mutex.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// A compressed segment, read as if it were the raw one: the same bytes at the same places. It
/// remembers the block that was read last. For reading only.
/// Damage: a read ends in front of a block that is damaged, and one that begins in it fails with
/// kCorrupt and the byte of the segment where the block begins, so that it is neither the end of
/// the log nor bytes that never were. The other blocks can be read. The same holds for a block that
/// the disk cannot read, with the disk's error.
class CompressedSegment : public File {
 public:
  /// Errors: kCorrupt with the path, both heads are damaged; kInvalid, it is of another format
  /// version; those of the file, when the other head is no help.
  static Result<std::unique_ptr<CompressedSegment>> open(std::string path,
                                                         std::unique_ptr<File> file);

  const twin_format::Head& head() const { return head_; }

  Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> into) const override;
  Result<std::uint64_t> size() const override { return head_.raw_bytes; }

  Result<void> write_at(std::uint64_t, std::span<const std::byte>) override { return read_only(); }
  Result<void> append(std::span<const std::byte>) override { return read_only(); }
  Result<void> sync() override { return read_only(); }
  Result<void> truncate(std::uint64_t) override { return read_only(); }
  Result<void> allocate(std::uint64_t) override { return read_only(); }

 private:
  CompressedSegment(std::string path, std::unique_ptr<File> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Result<void> read_head();
  Result<void> read_front();
  Result<void> read_back();
  Result<twin_format::Head> read_head_at(std::uint64_t fixed_at, bool table_follows) const;
  Result<void> place_blocks(std::uint64_t begin);

  std::uint64_t bytes_of(std::uint64_t block) const;
  Result<std::size_t> read_part(std::uint64_t position, std::span<std::byte> into) const
      HAPAX_REQUIRES(mutex_);
  Result<void> load(std::uint64_t block) const HAPAX_REQUIRES(mutex_);
  Result<void> decompress(std::uint64_t block, std::span<std::byte> into) const
      HAPAX_REQUIRES(mutex_);
  Error damaged(std::uint64_t block, const std::string& evidence) const;
  Error read_only() const;

  const std::string path_;
  const std::unique_ptr<File> file_;
  twin_format::Head head_;
  std::vector<std::uint64_t> places_;  ///< By block: where it begins in the file.
  mutable Mutex mutex_;
  mutable std::optional<ZstdDecompressor> zstd_ HAPAX_GUARDED_BY(mutex_);
  mutable std::vector<std::byte> stored_ HAPAX_GUARDED_BY(mutex_);
  mutable std::vector<std::byte> content_ HAPAX_GUARDED_BY(mutex_);  ///< Of block loaded_.
  mutable std::optional<std::uint64_t> loaded_ HAPAX_GUARDED_BY(mutex_);
  mutable std::optional<std::uint64_t> damaged_ HAPAX_GUARDED_BY(mutex_);  ///< The last one met.
};

}  // namespace hapax
