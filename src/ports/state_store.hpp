// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace hapax {

/// Puts and erasures of one table by ascending, distinct keys, in one piece of memory.
class TableChanges {
 public:
  /// Makes room for `count` changes of `bytes` bytes, keys and values together.
  void reserve(std::size_t count, std::size_t bytes) {
    sizes_.reserve(count);
    bytes_.reserve(bytes);
  }
  void put(std::string_view key, std::string_view value) {
    append(key, static_cast<std::uint32_t>(value.size()));
    bytes_.append(value);
  }
  void erase(std::string_view key) { append(key, kErased); }

  bool empty() const { return sizes_.empty(); }
  /// Of all keys and values.
  std::size_t bytes() const { return bytes_.size(); }

  /// Calls `visit(key, value)`, without a value for an erasure, until it returns false.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    Place place;
    for_each_from(place, visit);
  }
  /// Where a visit stopped.
  struct Place {
    std::size_t change = 0;
    std::size_t byte = 0;
  };
  /// The same from `place` on, which is then behind the last one that was visited.
  template <typename Visit>
  void for_each_from(Place& place, Visit&& visit) const {
    bool goes_on = true;
    while (goes_on && place.change < sizes_.size()) {
      const Sizes& sizes = sizes_[place.change++];
      const std::string_view rest = std::string_view(bytes_).substr(place.byte);
      const std::string_view key = rest.substr(0, sizes.key);
      const bool erased = sizes.value == kErased;
      const std::string_view value = rest.substr(sizes.key, erased ? 0 : sizes.value);
      place.byte += key.size() + value.size();
      goes_on = visit(key, erased ? std::optional<std::string_view>() : value);
    }
  }

 private:
  static constexpr std::uint32_t kErased = UINT32_MAX;
  struct Sizes {
    std::uint32_t key;
    std::uint32_t value;
  };

  void append(std::string_view key, std::uint32_t value_size) {
    assert(sizes_.empty() || std::string_view(bytes_).substr(last_, sizes_.back().key) < key);
    last_ = bytes_.size();
    sizes_.push_back({static_cast<std::uint32_t>(key.size()), value_size});
    bytes_.append(key);
  }

  std::string bytes_;
  std::vector<Sizes> sizes_;
  std::size_t last_ = 0;  // Where in bytes_ the last key is.
};

/// What one write changes of the state of an owner, and what it says about the whole of it.
struct StateWrite {
  /// The keys from <= key < to.
  struct Range {
    std::string from;
    std::string to;
  };
  /// In this order, whatever the order of the calls was that made it.
  struct Table {
    std::string name;
    bool dropped = false;  ///< All that it held goes, at the same cost for much and little.
    std::vector<Range> erased = {};  ///< What it held there goes.
    TableChanges changes = {};
  };

  std::string manifest;            ///< Replaces the former.
  std::vector<Table> tables = {};  ///< With distinct names.
};

/// The last bytes of a key, in a table that has stems. What is before them is the key's stem.
inline constexpr std::size_t kBehindStemBytes = 8;

/// Whether a store sets `table` up for StateStore::scan_stem(): where the name ends with ".keys" or
/// ".lives". A table of that name whose keys have no stems is read and written as any other.
inline bool has_stems(std::string_view table) {
  return table.ends_with(".keys") || table.ends_with(".lives");
}

struct StateStoreStats {
  std::uint64_t disk_bytes = 0;
  std::uint64_t cache_bytes = 0;
  /// Of the base. Files that the state still has as well are counted here and there.
  std::uint64_t base_bytes = 0;
  std::int64_t base_made_seconds = 0;  ///< When, in seconds since 1970; 0: there is none.
};

/// Finds single pairs of tables.
class TableReader {
 public:
  virtual ~TableReader() = default;

  /// Cost: a disk read at worst. Errors: kUnavailable, kCorrupt.
  virtual Result<std::optional<std::string>> find(std::string_view table, std::string_view key) = 0;
};

/// A place in one table, which moves by ascending keys. Threading: one owner.
class StateCursor {
 public:
  virtual ~StateCursor() = default;

  /// Moves to the first pair at or after `key`.
  virtual void seek(std::string_view key) = 0;
  /// Only when valid().
  virtual void next() = 0;
  /// False behind the last pair, and after an error.
  virtual bool valid() const = 0;
  /// Until the cursor moves.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  /// Whose the pair is, where the tables of several owners are read as one: a key comes once for
  /// each that has it, by ascending parts.
  virtual std::uint32_t part() const { return 0; }
  /// Errors: as TableReader::find().
  virtual Result<void> status() const = 0;
};

/// Reads tables as they were at one moment. Threading: one owner.
class SnapshotReader : public TableReader {
 public:
  /// A cursor before the keys of `table` that are below `to`: seek() first. It must not outlive the
  /// reader.
  virtual std::unique_ptr<StateCursor> cursor(std::string_view table, std::string to) = 0;
  /// As find(), of one owner where the tables of several are read as one.
  virtual Result<std::optional<std::string>> find_in(std::uint32_t /*part*/, std::string_view table,
                                                     std::string_view key) {
    return find(table, key);
  }
};

/// The state of one owner as it was at one moment, whatever is written later. It keeps what is
/// written over: let it go before long. Threading: all calls may run at the same time.
/// Lifetime: may outlive the store, then it reads nothing any more.
class StateSnapshot {
 public:
  using Read = std::function<Result<void>(SnapshotReader&)>;

  virtual ~StateSnapshot() = default;

  /// Runs `read`, which must neither take long nor call the store: a store that failed is mended
  /// after the reads under way, and those that come meanwhile are refused. Errors: those of `read`;
  /// kUnavailable, the store was opened anew since the snapshot was taken, take another.
  virtual Result<void> read(const Read& read) const = 0;
  /// False once the store was opened anew, or is gone: nothing can be read any more.
  virtual bool is_open() const = 0;
};

/// The state of one owner on stable storage: tables of keys and values in key order, and a manifest
/// that says what they stand for. Keys and values are the owner's own encoding. A table needs no
/// making: it is there once something is put into it, and one that is not there is empty. Table
/// names are of letters, digits, '.', '-' and '_'. Several owners may share what is below.
/// Beside it there may be a base: what the state of all owners was once. A state that is lost, or
/// was removed, is the base again when the store is opened.
/// Threading: one write() or keep_base() at a time; reads at the same time as each other and as
/// these.
class StateStore : public TableReader {
 public:
  /// Returns false to end the scan.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;

  /// Makes tables and manifest durable, all of it or nothing, whatever happens in between; a read
  /// sees all of it or nothing, and nothing before it is durable (reliability row 37). May be
  /// called again with the same write after an error.
  /// Errors: kExhausted, disk full, retry after freeing space; kUnavailable, I/O error. After an
  /// error either the former state or this one is what reads find, now and after a restart.
  virtual Result<void> write(const StateWrite& write) = 0;

  /// Forgets all that was written since the base was kept, of every owner that shares what is
  /// below; without a base all of it. A crash in it leaves all or nothing of that. Nobody may use
  /// tables of it at the time. Errors: kUnavailable; the state is as after a crash then, once the
  /// store can be opened again.
  virtual Result<void> reset() = 0;

  /// The manifest of the last write; nothing before the first. Errors: kUnavailable, kCorrupt.
  virtual Result<std::optional<std::string>> manifest() = 0;

  /// The keys from <= key < to, ascending. Errors: as find().
  virtual Result<void> scan(std::string_view table, std::string_view from, std::string_view to,
                            const Visit& visit) = 0;

  /// The keys at or after `from` that have its stem: all but the last kBehindStemBytes of it, which
  /// must be at least as long. For a few rows of a table with many stems, of which none may be the
  /// beginning of another one. Cost: where has_stems(table), microseconds and no disk read when
  /// there is no such key, else a disk read for each file that holds one, unless it was read
  /// lately; in other tables, that of scan(). Errors: as find().
  virtual Result<void> scan_stem(std::string_view table, std::string_view from, const Visit& visit);

  /// What the last finished write() made, all of it; of one under way, any part may be there too.
  /// Cost: microseconds. Errors: kUnavailable.
  virtual Result<std::shared_ptr<const StateSnapshot>> snapshot() = 0;

  /// Makes what the state is now the base, in place of the former one, durably: whatever happens,
  /// one of both is there in full. Cost: a few milliseconds and no space as long as the state keeps
  /// its files; a copy of all of it where base and state are on two file systems.
  /// Errors: as write(); the former base stands.
  virtual Result<void> keep_base() = 0;

  /// The manifest in the base; nothing when there is no base. Errors: as find(); kInvalid, the base
  /// is of another format.
  virtual Result<std::optional<std::string>> base_manifest() = 0;

  /// Of all owners that share what is below.
  virtual StateStoreStats stats() const = 0;
};

inline Result<void> StateStore::scan_stem(std::string_view table, std::string_view from,
                                          const Visit& visit) {
  assert(from.size() >= kBehindStemBytes);
  std::string to(from.substr(0, from.size() - kBehindStemBytes));
  to.append(kBehindStemBytes, '\xFF').append(1, '\0');  // Right behind the last one.
  return scan(table, from, to, [&](std::string_view key, std::string_view value) {
    return key.size() != from.size() || visit(key, value);
  });
}

}  // namespace hapax
