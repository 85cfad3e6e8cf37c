// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "ports/portable_store.hpp"
#include "ports/state_store.hpp"

namespace rocksdb {
class Env;
}

namespace hapax {

struct RocksdbSettings {
  /// Where the base is, on the file system of the store; empty: none is kept.
  std::string base_directory = {};
  /// Bounds the memory for blocks, indexes and filters of stored tables.
  std::size_t cache_bytes_limit = 32U << 20U;
  /// Table files below it are kept open.
  int open_files_limit = 512;
  /// RocksDB writes its manifest anew beyond it: small where it is copied often.
  std::size_t manifest_bytes_max = 16U << 20U;
};

/// The state of any number of owners in one RocksDB. A table is a column family, so that dropping
/// it drops its files. A write is a sorted table file for each that it touches, ingested in one
/// atomic step: there is no write-ahead log and nothing in RocksDB's own memory that could be
/// readable and not durable.
/// Format: docs/formats/state.md. Threading: all calls may run at the same time; writes of
/// different owners wait for each other.
class RocksdbStateStore {
 public:
  /// Opens or creates the store in `directory`; when there is none, it becomes what the base is.
  /// `env` must outlive the store; null is the machine. Errors: kInvalid, the folder, or the base
  /// that is needed, is of another format; kCorrupt; kExhausted; kUnavailable, I/O error or opened
  /// by another process.
  static Result<std::unique_ptr<RocksdbStateStore>> open(const std::string& directory,
                                                         const RocksdbSettings& settings,
                                                         rocksdb::Env* env = nullptr);
  ~RocksdbStateStore();

  /// The state of `name`, which is as a table's name. Must not outlive the store.
  StateStore& owner(const std::string& name);

  /// Whether there was no state when it was opened, so that it is what the base was.
  bool made_of_base() const;

  StateStoreStats stats() const;

  /// The files that make a database of what all owners wrote last, elsewhere: as of
  /// PortableStore::files().
  Result<std::vector<StateFile>> files(const PortableStore::IsKnown& is_known) const;

 private:
  class Impl;
  explicit RocksdbStateStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
