// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/mutex.hpp"
#include "ports/state_store.hpp"

namespace hapax {

/// The snapshots of one open database. They may outlive it: when it closes, it waits for reads
/// under way and takes back what they hold of it.
/// Threading: all calls may run at the same time.
class DbSnapshots : public std::enable_shared_from_this<DbSnapshots> {
 public:
  using Family = std::shared_ptr<rocksdb::ColumnFamilyHandle>;
  using Tables = std::map<std::string, Family, std::less<>>;

  explicit DbSnapshots(rocksdb::DB& db) : db_(&db) {}

  /// What is in `tables` now, of which `owner` is to see its own.
  std::shared_ptr<const StateSnapshot> take(std::string owner, Tables tables);
  /// Before the database is closed.
  void close();

 private:
  class Token;
  class Reader;
  struct Held {
    const rocksdb::Snapshot* at;
    Tables tables;
  };

  void release(std::uint64_t id);

  /// It is to be closed: reads that begin now would hold it up, one after the other.
  std::atomic<bool> closing_{false};
  SharedMutex open_mutex_;                         ///< Shared while db_ is in use.
  rocksdb::DB* db_ HAPAX_GUARDED_BY(open_mutex_);  ///< Null once it is closed.
  Mutex held_mutex_;                               ///< Taken after open_mutex_.
  std::map<std::uint64_t, Held> held_ HAPAX_GUARDED_BY(held_mutex_);
  std::uint64_t next_id_ HAPAX_GUARDED_BY(held_mutex_) = 0;
};

}  // namespace hapax
