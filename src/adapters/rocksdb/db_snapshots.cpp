// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/db_snapshots.hpp"

#include "adapters/rocksdb/rocksdb_errors.hpp"
#include "adapters/rocksdb/slices.hpp"
#include "adapters/rocksdb/state_format.hpp"

namespace hapax {
namespace {

class Cursor : public StateCursor {
 public:
  Cursor(rocksdb::DB& db, rocksdb::ReadOptions options, rocksdb::ColumnFamilyHandle* family,
         std::string to)
      : to_(std::move(to)), end_(slice(to_)) {
    options.iterate_upper_bound = &end_;
    options.fill_cache = false;
    options.total_order_seek = true;  // Whatever stems there are.
    at_.reset(db.NewIterator(options, family));
  }

  void seek(std::string_view key) override { at_->Seek(slice(key)); }
  void next() override { at_->Next(); }
  bool valid() const override { return at_->Valid(); }
  std::string_view key() const override { return view(at_->key()); }
  std::string_view value() const override { return view(at_->value()); }
  Result<void> status() const override { return check_rocksdb(at_->status(), "read"); }

 private:
  const std::string to_;
  const rocksdb::Slice end_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

Error opened_anew() {
  return {ErrorKind::kUnavailable, "the state store was opened anew meanwhile", "ask again"};
}

/// Of a table that is not there.
class EmptyCursor : public StateCursor {
 public:
  void seek(std::string_view) override {}
  void next() override {}
  bool valid() const override { return false; }
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  Result<void> status() const override { return {}; }
};

}  // namespace

class DbSnapshots::Reader : public SnapshotReader {
 public:
  Reader(rocksdb::DB& db, const Held& held, const std::string& owner)
      : db_(db), held_(held), owner_(owner) {
    options_.snapshot = held.at;
  }

  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    rocksdb::ColumnFamilyHandle* const family = family_of(table);
    if (family == nullptr) {
      return std::optional<std::string>();
    }
    std::string value;
    const rocksdb::Status status = db_.Get(options_, family, slice(key), &value);
    if (status.IsNotFound()) {
      return std::optional<std::string>();
    }
    HAPAX_TRY(check_rocksdb(status, "read"));
    return std::optional(std::move(value));
  }

  std::unique_ptr<StateCursor> cursor(std::string_view table, std::string to) override {
    rocksdb::ColumnFamilyHandle* const family = family_of(table);
    if (family == nullptr) {
      return std::make_unique<EmptyCursor>();
    }
    return std::make_unique<Cursor>(db_, options_, family, std::move(to));
  }

 private:
  rocksdb::ColumnFamilyHandle* family_of(std::string_view table) const {
    const auto found = held_.tables.find(state_format::table_name(owner_, table));
    return found == held_.tables.end() ? nullptr : found->second.get();
  }

  rocksdb::DB& db_;
  const Held& held_;
  const std::string& owner_;
  rocksdb::ReadOptions options_;
};

class DbSnapshots::Token : public StateSnapshot {
 public:
  Token(std::shared_ptr<DbSnapshots> all, std::uint64_t id, std::string owner)
      : all_(std::move(all)), id_(id), owner_(std::move(owner)) {}
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  ~Token() override { all_->release(id_); }

  Result<void> read(const Read& read) const override {
    if (!is_open()) {
      return opened_anew();
    }
    const ReaderLock open(all_->open_mutex_);
    if (all_->db_ == nullptr) {
      return opened_anew();
    }
    Reader reader(*all_->db_, held(), owner_);
    return read(reader);
  }

  bool is_open() const override { return !all_->closing_; }

 private:
  /// Stays where it is while the database is open.
  const Held& held() const {
    const MutexLock lock(all_->held_mutex_);
    return all_->held_.at(id_);
  }

  const std::shared_ptr<DbSnapshots> all_;
  const std::uint64_t id_;
  const std::string owner_;
};

std::shared_ptr<const StateSnapshot> DbSnapshots::take(std::string owner, Tables tables) {
  const ReaderLock open(open_mutex_);
  std::uint64_t id = 0;
  {
    const MutexLock lock(held_mutex_);
    id = next_id_++;
    held_.emplace(id, Held{.at = db_->GetSnapshot(), .tables = std::move(tables)});
  }
  return std::make_shared<Token>(shared_from_this(), id, std::move(owner));
}

void DbSnapshots::release(std::uint64_t id) {
  const ReaderLock open(open_mutex_);
  const MutexLock lock(held_mutex_);
  if (const auto held = held_.extract(id); held && db_ != nullptr) {
    db_->ReleaseSnapshot(held.mapped().at);
  }
}

void DbSnapshots::close() {
  closing_ = true;
  const WriterLock open(open_mutex_);
  const MutexLock lock(held_mutex_);
  for (const auto& [id, held] : held_) {
    db_->ReleaseSnapshot(held.at);
  }
  held_.clear();
  db_ = nullptr;
}

}  // namespace hapax
