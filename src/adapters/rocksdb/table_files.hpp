// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/db.h>

#include <functional>
#include <string>
#include <vector>

#include "adapters/rocksdb/state_db.hpp"

namespace rocksdb {
class SstFileWriter;
}

namespace hapax {

/// Writes what a StateWrite changes as sorted table files in a staging folder, one for each column
/// family that it touches, and hands them to RocksDB in one atomic step. Threading: one owner.
class TableFiles {
 public:
  TableFiles(std::string staging, const rocksdb::Options& options)
      : staging_(std::move(staging)), options_(options) {}

  /// Removes the files of an attempt that was cut short; call it before write().
  Result<void> clear();
  /// The tables that came or went, for StateDb::adopt(). Errors: the write is not in the store, or
  /// (a failed sync) nobody knows.
  Result<StateDb::Tables> write(const std::string& owner, const StateWrite& write, StateDb& db);

 private:
  using Fill = std::function<rocksdb::Status(rocksdb::SstFileWriter&)>;

  Result<void> add_table(const std::string& name, const StateWrite::Table& table, StateDb& db,
                         StateDb::Tables& changed);
  Result<void> add_root(const std::string& owner, const StateWrite& write, StateDb& db,
                        const StateDb::Tables& changed);
  Result<void> add_file(const StateDb::Family& family, const Fill& fill);

  const std::string staging_;
  const rocksdb::Options options_;
  std::vector<rocksdb::IngestExternalFileArg> files_;
};

}  // namespace hapax
