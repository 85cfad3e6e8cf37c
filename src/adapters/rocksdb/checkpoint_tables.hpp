#pragma once

#include <rocksdb/db.h>

#include <functional>
#include <string>
#include <vector>

#include "adapters/rocksdb/checkpoint_db.hpp"

namespace rocksdb {
class SstFileWriter;
}

namespace hapax {

/// Writes a checkpoint as sorted table files in a staging folder, one for each column family that
/// it touches, and hands them to RocksDB in one atomic step. Threading: one owner.
class CheckpointTables {
 public:
  CheckpointTables(std::string staging, const rocksdb::Options& options)
      : staging_(std::move(staging)), options_(options) {}

  /// Removes the tables of an attempt that was cut short; call it before write().
  Result<void> clear();
  /// Errors: the checkpoint is not in the store, or (a failed sync) nobody knows.
  Result<void> write(const Checkpoint& checkpoint, CheckpointDb& db);

 private:
  using Family = CheckpointDb::Family;
  using Fill = std::function<rocksdb::Status(rocksdb::SstFileWriter&)>;

  Result<void> add_table(const Family& family, const Fill& fill);
  Result<void> add_buckets(const Checkpoint& checkpoint, CheckpointDb& db);

  const std::string staging_;
  const rocksdb::Options options_;
  std::vector<rocksdb::IngestExternalFileArg> tables_;
};

}  // namespace hapax
