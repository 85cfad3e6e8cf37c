// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "dedup/verdict_format.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// One file of a verdict log, read as a whole: some megabytes.
class VerdictFile {
 public:
  /// Only its header. Errors: as verdict_format::decode_header(); those of the disk.
  static Result<verdict_format::FileHeader> read_header(const std::string& path, Storage& storage);
  /// What is whole of it. Errors: as read_header().
  static Result<std::shared_ptr<const VerdictFile>> read(const std::string& path, Storage& storage);

  const verdict_format::FileHeader& header() const { return header_; }
  /// By partition and base offset.
  const std::vector<verdict_format::BlockPlace>& blocks() const { return blocks_; }
  /// How many stretches between whole blocks are none, and whether there is one behind the last.
  std::size_t damaged() const { return damaged_; }
  bool has_torn_tail() const { return torn_tail_; }

  /// The first block of `partition` that ends behind `from`; nothing if there is none.
  const verdict_format::BlockPlace* find(PartitionId partition, Offset from) const;
  VerdictRun decode(const verdict_format::BlockPlace& place) const {
    return verdict_format::decode_block(bytes_, place);
  }

 private:
  void find_blocks();

  std::string bytes_;
  verdict_format::FileHeader header_;
  std::vector<verdict_format::BlockPlace> blocks_;
  std::size_t damaged_ = 0;
  bool torn_tail_ = false;
};

}  // namespace hapax
