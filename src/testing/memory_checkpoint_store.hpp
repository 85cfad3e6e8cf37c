#pragma once

#include <map>
#include <optional>
#include <string>

#include "ports/checkpoint_store.hpp"

namespace hapax {

/// A CheckpointStore in memory that can be told to fail. Copy it to keep what a crash would leave.
/// Threading: one caller at a time.
class MemoryCheckpointStore : public CheckpointStore {
 public:
  /// Every write fails with `error` until called with nullopt. Nothing of a failed write is kept.
  void fail_writes(std::optional<Error> error) { write_error_ = std::move(error); }
  void fail_lookups(std::optional<Error> error) { lookup_error_ = std::move(error); }
  void fail_cells(std::optional<Error> error) { cell_error_ = std::move(error); }

  Result<void> write(const Checkpoint& checkpoint) override;
  Result<std::optional<std::string>> meta() override { return meta_; }
  Result<std::optional<std::uint64_t>> find_id(BucketId bucket, const Hash128& id) override;
  Result<void> scan_ids(BucketId bucket, const IdStore::Visit& visit) override;
  Result<std::string> filter(BucketId bucket) override;
  Result<std::optional<std::string>> find_cell(std::string_view key) override;
  Result<void> scan_cells(std::string_view from, std::string_view to,
                          const CellStore::Visit& visit) override;
  CheckpointStoreStats stats() const override { return {}; }

  const std::map<std::string, std::string, std::less<>>& cells() const { return cells_; }

 private:
  struct Bucket {
    std::map<Hash128, std::uint64_t> ids;
    std::optional<std::string> filter;
  };

  std::optional<std::string> meta_;
  std::map<std::string, std::string, std::less<>> cells_;
  std::map<BucketId, Bucket> buckets_;
  std::optional<Error> write_error_;
  std::optional<Error> lookup_error_;
  std::optional<Error> cell_error_;
};

}  // namespace hapax
