// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax::bench {

/// A file that has been written once before, so that a sync allocates and converts no blocks;
/// written round and round, each group from the start of a page. Threading: one owner.
class RecycledFile {
 public:
  static constexpr std::uint64_t kFileBytes = 256U << 20U;
  static constexpr std::uint64_t kPageBytes = 4096;

  /// Makes the file and writes it full. Errors: those of the file system.
  static Result<RecycledFile> make(const std::string& path);

  /// One pwrite and one fdatasync; at most kFileBytes.
  Result<void> write_and_sync(std::span<const std::byte> bytes);

 private:
  explicit RecycledFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  std::unique_ptr<File> file_;
  std::uint64_t position_ = 0;
};

}  // namespace hapax::bench
