// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>
#include <vector>

#include "core/mutex.hpp"

namespace hapax {

/// A file system that can hold back the deletion of tables. When the sync of its manifest fails,
/// RocksDB deletes the tables of an ingestion, though the manifest may name them, and the next
/// start finds a damaged store. While tables are held, what it wants deleted stays. Threading: all
/// calls may run at the same time.
class TableKeeper : public rocksdb::FileSystemWrapper {
 public:
  explicit TableKeeper(const std::shared_ptr<rocksdb::FileSystem>& target)
      : rocksdb::FileSystemWrapper(target) {}

  const char* Name() const override { return "TableKeeper"; }

  void hold();
  /// Deletes what was to be deleted meanwhile.
  void release();
  /// Leaves it: opening the database again deletes what its manifest does not name.
  void forget();

  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  std::vector<std::string> end_holding();

  Mutex mutex_;
  bool holding_ HAPAX_GUARDED_BY(mutex_) = false;
  std::vector<std::string> held_ HAPAX_GUARDED_BY(mutex_);  // Paths.
};

}  // namespace hapax
