// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/db.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/rocksdb/db_snapshots.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"

namespace hapax {

/// An open RocksDB with a column family for each table, and a root family that names them: so a
/// table comes, goes and is replaced by what is ingested into the root, in one step with everything
/// else. A family that the root does not name is left from a write that was cut short, or from a
/// dropped table. Table names here are those of docs/formats/state.md, owners included.
/// Threading: reads at the same time as each other and as one change.
class StateDb {
 public:
  enum class Mode { kWrite, kReadOnly };
  /// A column family as long as anyone reads it; the last owner closes it.
  using Family = DbSnapshots::Family;
  /// By name; without a family: the table is dropped.
  using Tables = DbSnapshots::Tables;

  /// Opens the database in `directory`; kWrite makes what is missing.
  /// Errors: kInvalid, of another format; those of RocksDB, see rocksdb_errors.hpp.
  static Result<std::unique_ptr<StateDb>> open(const std::string& directory,
                                               const rocksdb::Options& options, Mode mode);

  ~StateDb();

  rocksdb::DB& db() { return *db_; }
  const Family& root() const { return root_; }
  /// Null when the table is not there.
  Family find(std::string_view table) const;
  /// A new, empty family for `table`; a table only once the root names it.
  Result<Family> create(const std::string& table);
  /// The root names these now. Families that it names no more are dropped.
  void adopt(const Tables& changed);

  /// What is there now, of which `owner` is to see its own tables.
  std::shared_ptr<const StateSnapshot> snapshot(std::string owner) const;

  Result<std::optional<std::string>> get(const Family& family, std::string_view key) const;
  /// Pairs with from <= key < to, until `visit` returns false.
  Result<void> scan(const Family& family, std::string_view from, std::string_view to,
                    const StateStore::Visit& visit) const;
  /// As StateStore::scan_stem(), of the family of a table that has_stems().
  Result<void> scan_stem(const Family& family, std::string_view from,
                         const StateStore::Visit& visit) const;

 private:
  explicit StateDb(const rocksdb::Options& options) : options_(options) {}

  Family own(rocksdb::ColumnFamilyHandle* handle) const;
  Result<void> check_format() const;
  Result<void> sort_in(const std::vector<Family>& families, Mode mode);
  void drop(const Family& family);

  const rocksdb::Options options_;
  std::unique_ptr<rocksdb::DB> db_;  // Before the handles, which must be closed first.
  std::shared_ptr<DbSnapshots> snapshots_;
  Family root_;
  std::uint64_t next_number_ = 0;  // Of a family; of the writer.
  mutable Mutex mutex_;
  Tables tables_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
