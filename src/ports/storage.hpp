// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace hapax {

/// An open file. Closed by its destructor, which syncs nothing.
/// Threading: calls on one file may run at the same time, except overlapping writes.
class File {
 public:
  virtual ~File() = default;

  /// Reads up to `into.size()` bytes at `position`; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> into) const = 0;
  /// Writes all of `bytes` at `position`, extending the file if needed.
  /// Errors: kExhausted (disk full), kUnavailable (I/O). A prefix may have been written in both.
  virtual Result<void> write_at(std::uint64_t position, std::span<const std::byte> bytes) = 0;
  /// Appends at the end of the file; otherwise as write_at.
  virtual Result<void> append(std::span<const std::byte> bytes) = 0;
  /// Makes content and size durable (fdatasync). After an error the state of every write since the
  /// last successful sync is unknown, and a second sync proves nothing (reliability row 17).
  virtual Result<void> sync() = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  /// Fills the file with zeros up to `size`: space that is there and has been written once, so that
  /// a later sync has no block to allocate or convert.
  virtual Result<void> allocate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

enum class OpenMode {
  kRead,       ///< Existing file, reading only.
  kReadWrite,  ///< Existing file.
  kCreateNew,  ///< Must not exist yet.
  kCreateOrTruncate,
};

/// The file system as the log and its tests need it. Every call can fail with kExhausted (space,
/// descriptors or memory: free some, then retry) and kUnavailable (anything else). Paths are as the
/// operating system's, with '/'. A name created, renamed or removed is durable only after
/// sync_directory of its parent.
/// Threading: all calls may run at the same time.
class Storage {
 public:
  virtual ~Storage() = default;

  /// Errors: kInvalid (kRead or kReadWrite: no such file; kCreateNew: exists), kExhausted,
  /// kUnavailable.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  /// Atomically replaces `to` if it exists.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Gives the file `from` a second name if nothing has that name; false when something has.
  /// Atomically: of two that do so at once, one is told true.
  virtual Result<bool> link(const std::string& from, const std::string& to) = 0;
  virtual Result<void> unlink(const std::string& path) = 0;
  virtual Result<void> sync_directory(const std::string& path) = 0;
  /// Creates the directory and its missing parents and syncs each new name; fine if it exists.
  virtual Result<void> create_directories(const std::string& path) = 0;
  /// Names (not paths) of the entries, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  /// Takes an exclusive lock on `path` (created if missing), held until the result is destroyed or
  /// the process ends. Errors: kUnavailable when another process or opener holds it.
  virtual Result<std::unique_ptr<File>> lock(const std::string& path) = 0;
};

}  // namespace hapax
