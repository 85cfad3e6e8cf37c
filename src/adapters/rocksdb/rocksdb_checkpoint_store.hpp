#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "ports/checkpoint_store.hpp"

namespace rocksdb {
class Env;
}

namespace hapax {

struct RocksdbSettings {
  /// Bounds the memory for blocks, indexes and filters of stored tables.
  std::size_t cache_bytes_limit = 32U << 20U;
  /// Table files below it are kept open.
  int open_files_limit = 512;
};

/// Checkpoints in RocksDB. One column family for meta, one for cells, one for each bucket of ids:
/// dropping a bucket drops its files. A checkpoint is a sorted table file for each that it touches,
/// ingested in one atomic step: there is no write-ahead log and nothing in RocksDB's own memory
/// that could be readable and not durable.
/// Format: docs/formats/checkpoint.md. Threading: as the port says.
class RocksdbCheckpointStore : public CheckpointStore {
 public:
  /// Opens or creates the store in `directory`. `env` must outlive the store; null is the machine.
  /// Errors: kCorrupt; kUnavailable, I/O error or opened by another process.
  static Result<std::unique_ptr<RocksdbCheckpointStore>> open(const std::string& directory,
                                                              const RocksdbSettings& settings,
                                                              rocksdb::Env* env = nullptr);
  ~RocksdbCheckpointStore() override;

  Result<void> write(const Checkpoint& checkpoint) override;
  Result<std::optional<std::string>> meta() override;
  Result<std::optional<std::uint64_t>> find_id(BucketId bucket, const Hash128& id) override;
  Result<void> scan_ids(BucketId bucket, const IdStore::Visit& visit) override;
  Result<std::string> filter(BucketId bucket) override;
  Result<std::optional<std::string>> find_cell(std::string_view key) override;
  Result<void> scan_cells(std::string_view from, std::string_view to,
                          const CellStore::Visit& visit) override;
  CheckpointStoreStats stats() const override;

 private:
  class Impl;
  explicit RocksdbCheckpointStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
