#pragma once

#include <rocksdb/db.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/checkpoint_store.hpp"

namespace hapax {

/// An open RocksDB with the column families of a checkpoint store: one for meta, one for cells, one
/// for each bucket of ids. Threading: reads at the same time as each other and as one create or
/// drop.
class CheckpointDb {
 public:
  enum class Mode { kWrite, kReadOnly };
  /// A column family as long as anyone reads it; the last owner closes it.
  using Family = std::shared_ptr<rocksdb::ColumnFamilyHandle>;

  /// Opens the database in `directory`; kWrite creates what is missing.
  /// Errors: those of RocksDB; see rocksdb_errors.hpp.
  static Result<std::unique_ptr<CheckpointDb>> open(const std::string& directory,
                                                    const rocksdb::Options& options, Mode mode);

  Mode mode() const { return mode_; }
  rocksdb::DB& db() { return *db_; }
  const Family& meta() const { return meta_; }
  const Family& cells() const { return cells_; }
  /// Errors: kCorrupt, the bucket was never written.
  Result<Family> bucket(BucketId id) const;
  Result<Family> find_or_create_bucket(BucketId id);
  void drop_buckets_except(const std::vector<BucketId>& live);

  Result<std::optional<std::string>> get(const Family& family, std::string_view key) const;
  /// Pairs with from <= key < to, until `visit` returns false.
  Result<void> scan(const Family& family, std::string_view from, std::string_view to,
                    const CellStore::Visit& visit) const;

 private:
  CheckpointDb(const rocksdb::Options& options, Mode mode) : options_(options), mode_(mode) {}

  Family own(rocksdb::ColumnFamilyHandle* handle) const;
  void sort_in(Family family);
  Result<Family> create(const std::string& name);

  const rocksdb::Options options_;
  const Mode mode_;
  std::unique_ptr<rocksdb::DB> db_;  // Before the handles, which must be closed first.
  Family meta_;
  Family cells_;
  mutable Mutex mutex_;
  std::map<BucketId, Family> buckets_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
