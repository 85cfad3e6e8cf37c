// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/rocksdb_state_store.hpp"

#include <map>
#include <utility>

#include "adapters/rocksdb/database_files.hpp"
#include "adapters/rocksdb/rocksdb_errors.hpp"
#include "adapters/rocksdb/state_bases.hpp"
#include "adapters/rocksdb/state_db.hpp"
#include "adapters/rocksdb/state_format.hpp"
#include "adapters/rocksdb/table_files.hpp"
#include "adapters/rocksdb/table_keeper.hpp"
#include "adapters/rocksdb/table_options.hpp"
#include "core/mutex.hpp"

namespace hapax {
using namespace state_format;  // NOLINT: this file is one of its users.

namespace {

Error state_is_gone() {
  return {ErrorKind::kUnavailable, "the state folder was removed while it was in use",
          "restart: the state is then made anew from the log, and the base if there is one"};
}

}  // namespace

class RocksdbStateStore::Impl {
 public:
  Impl(const std::string& directory, const RocksdbSettings& settings, rocksdb::Env* env)
      : directory_(directory),
        cache_(rocksdb::NewLRUCache(settings.cache_bytes_limit)),
        keeper_(std::make_shared<TableKeeper>(
            (env != nullptr ? env : rocksdb::Env::Default())->GetFileSystem())),
        env_(rocksdb::NewCompositeEnv(keeper_)),
        options_(state_db_options(settings, cache_, env_.get())),
        files_(directory + "/staging", options_),
        bases_(settings.base_directory, options_) {}

  Result<void> open() {
    const MutexLock lock(write_mutex_);
    HAPAX_TRY(check_rocksdb(options_.env->CreateDirIfMissing(directory_), "create"));
    HAPAX_TRY(bases_.open());
    made_of_base_ = !bases_.empty() && !holds_database(directory_, *options_.env);
    HAPAX_TRY(open_anew());
    return files_.clear();
  }

  Result<void> write(const std::string& owner, const StateWrite& write) {
    const MutexLock lock(write_mutex_);
    if (broken_) {
      HAPAX_TRY(repair());
    }
    auto written = write_files(owner, write);
    if (!written) {
      broken_ = true;
      repair().permit_unchecked_error();  // Else before the next write.
    }
    return written;
  }

  Result<void> reset() {
    const MutexLock lock(write_mutex_);
    broken_ = true;
    resetting_ = true;
    return end_reset();
  }

  Result<std::optional<std::string>> manifest(const std::string& owner) {
    {
      const MutexLock lock(write_mutex_);
      HAPAX_TRY(end_reset());
    }
    return read(
        [&](const StateDb& db) { return db.get(db.root(), std::string(kManifestPrefix) + owner); });
  }

  Result<void> keep_base() {
    const MutexLock lock(write_mutex_);
    if (broken_) {
      HAPAX_TRY(repair());
    }
    HAPAX_TRY(keep_open_database());
    const WriterLock open_lock(open_mutex_);
    take_base_figures();
    return {};
  }

  Result<std::optional<std::string>> base_manifest(const std::string& owner) {
    const MutexLock lock(write_mutex_);
    return bases_.get(std::string(kManifestPrefix) + owner);
  }

  /// What `read` returns of the open database. Errors: kUnavailable while there is none.
  template <typename Read>
  auto read(const Read& read) const -> std::invoke_result_t<Read, const StateDb&> {
    const ReaderLock lock(open_mutex_);
    if (!db_) {
      return Error{ErrorKind::kUnavailable, "the state store could not be opened again",
                   "see to the disk; the next checkpoint tries again"};
    }
    return read(*db_);
  }

  StateStoreStats stats() const {
    const ReaderLock lock(open_mutex_);
    StateStoreStats stats = base_figures_;
    stats.cache_bytes = cache_->GetUsage();
    if (db_) {
      db_->db().GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize,
                                         &stats.disk_bytes);
    }
    return stats;
  }

  Result<std::vector<StateFile>> files(const PortableStore::IsKnown& is_known) {
    const MutexLock lock(write_mutex_);
    if (broken_) {
      HAPAX_TRY(repair());
    }
    const ReaderLock open_lock(open_mutex_);
    HAPAX_TRY(check_rocksdb(db_->db().DisableFileDeletions(), "read"));
    auto files = bytes_of(db_->db(), is_known, *options_.env);
    db_->db().EnableFileDeletions(false).PermitUncheckedError();
    return files;
  }

  StateStore& owner(const std::string& name);
  bool made_of_base() const { return made_of_base_; }

 private:
  class Owner;

  Result<void> write_files(const std::string& owner, const StateWrite& write)
      HAPAX_REQUIRES(write_mutex_) {
    const ReaderLock lock(open_mutex_);
    HAPAX_TRY(files_.clear());
    keeper_->hold();
    auto written = files_.write(owner, write, *db_);
    written ? keeper_->release() : keeper_->forget();
    if (!written) {
      return std::move(written).error();
    }
    db_->adopt(*written);
    return {};
  }

  Result<void> open_anew() HAPAX_REQUIRES(write_mutex_) {
    HAPAX_ASSIGN(auto db, open_database());
    const WriterLock lock(open_mutex_);
    db_ = std::move(db);
    take_base_figures();
    return {};
  }

  /// Where there is none, of the base.
  Result<std::unique_ptr<StateDb>> open_database() HAPAX_REQUIRES(write_mutex_) {
    if (!bases_.empty() && !holds_database(directory_, *options_.env)) {
      HAPAX_TRY(bases_.restore(directory_));
    }
    return StateDb::open(directory_, options_, StateDb::Mode::kWrite);
  }

  /// Takes up a reset where it failed, if there is one. A base that cannot be read removes nothing.
  Result<void> end_reset() HAPAX_REQUIRES(write_mutex_) {
    if (!resetting_) {
      return {};
    }
    {
      const WriterLock open_lock(open_mutex_);
      db_.reset();
    }
    HAPAX_TRY(make_directory(directory_, *options_.env));
    HAPAX_TRY(bases_.empty() ? remove_database(directory_, *options_.env)
                             : bases_.restore(directory_));
    HAPAX_TRY(open_anew());
    resetting_ = false;
    broken_ = false;
    return files_.clear();
  }

  Result<void> keep_open_database() HAPAX_REQUIRES(write_mutex_) {
    const ReaderLock lock(open_mutex_);
    return bases_.keep(db_->db());
  }

  void take_base_figures() HAPAX_REQUIRES(write_mutex_, open_mutex_) {
    base_figures_.base_bytes = bases_.bytes();
    base_figures_.base_made_seconds = bases_.made_seconds();
  }

  // What RocksDB remembers of an error outlasts its Resume(): an ingestion after it can get no file
  // numbers and take that for success. Opened again it knows only what is on disk: the former
  // state or this one, in a manifest that is written anew. Where nothing is on disk any more, the
  // next write would come on top of less than it changes.
  Result<void> repair() HAPAX_REQUIRES(write_mutex_) {
    if (resetting_) {
      return end_reset();
    }
    if (!holds_database(directory_, *options_.env)) {
      return state_is_gone();
    }
    const WriterLock lock(open_mutex_);
    db_.reset();
    auto opened = StateDb::open(directory_, options_, StateDb::Mode::kWrite);
    if (opened) {
      db_ = std::move(*opened);
      broken_ = false;
      return {};
    }
    // A full disk, say. Lookups go on.
    if (auto readable = StateDb::open(directory_, options_, StateDb::Mode::kReadOnly)) {
      db_ = std::move(*readable);
    }
    return std::move(opened).error();
  }

  const std::string directory_;
  const std::shared_ptr<rocksdb::Cache> cache_;
  const std::shared_ptr<TableKeeper> keeper_;
  const std::unique_ptr<rocksdb::Env> env_;
  const rocksdb::Options options_;
  bool made_of_base_ = false;  // Set by open().
  Mutex write_mutex_;
  TableFiles files_ HAPAX_GUARDED_BY(write_mutex_);
  StateBases bases_ HAPAX_GUARDED_BY(write_mutex_);
  /// A write failed and repair() has not succeeded since.
  bool broken_ HAPAX_GUARDED_BY(write_mutex_) = false;
  bool resetting_ HAPAX_GUARDED_BY(write_mutex_) = false;  ///< A reset() has not come to its end.
  mutable SharedMutex open_mutex_;                         // Taken after write_mutex_.
  std::unique_ptr<StateDb> db_ HAPAX_GUARDED_BY(open_mutex_);
  StateStoreStats base_figures_ HAPAX_GUARDED_BY(open_mutex_);  // Those of the base.
  Mutex owners_mutex_;
  std::map<std::string, std::unique_ptr<Owner>> owners_ HAPAX_GUARDED_BY(owners_mutex_);
};

/// One owner's part of the database: its manifest, and the tables under its name.
class RocksdbStateStore::Impl::Owner : public StateStore {
 public:
  Owner(Impl& store, std::string name) : store_(store), name_(std::move(name)) {}

  Result<void> write(const StateWrite& write) override { return store_.write(name_, write); }

  Result<void> reset() override { return store_.reset(); }

  Result<std::optional<std::string>> manifest() override { return store_.manifest(name_); }

  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    return store_.read([&](const StateDb& db) -> Result<std::optional<std::string>> {
      const StateDb::Family family = db.find(table_name(name_, table));
      return family ? db.get(family, key) : std::optional<std::string>();
    });
  }

  Result<void> scan(std::string_view table, std::string_view from, std::string_view to,
                    const Visit& visit) override {
    return store_.read([&](const StateDb& db) -> Result<void> {
      const StateDb::Family family = db.find(table_name(name_, table));
      return family ? db.scan(family, from, to, visit) : Result<void>();
    });
  }

  Result<void> scan_stem(std::string_view table, std::string_view from,
                         const Visit& visit) override {
    if (!has_stems(table)) {
      return StateStore::scan_stem(table, from, visit);
    }
    return store_.read([&](const StateDb& db) -> Result<void> {
      const StateDb::Family family = db.find(table_name(name_, table));
      return family ? db.scan_stem(family, from, visit) : Result<void>();
    });
  }

  Result<std::shared_ptr<const StateSnapshot>> snapshot() override {
    return store_.read([&](const StateDb& db) -> Result<std::shared_ptr<const StateSnapshot>> {
      return db.snapshot(name_);
    });
  }

  Result<void> keep_base() override { return store_.keep_base(); }
  Result<std::optional<std::string>> base_manifest() override {
    return store_.base_manifest(name_);
  }

  StateStoreStats stats() const override { return store_.stats(); }

 private:
  Impl& store_;
  const std::string name_;
};

StateStore& RocksdbStateStore::Impl::owner(const std::string& name) {
  const MutexLock lock(owners_mutex_);
  std::unique_ptr<Owner>& owner = owners_[name];
  if (!owner) {
    owner = std::make_unique<Owner>(*this, name);
  }
  return *owner;
}

RocksdbStateStore::RocksdbStateStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RocksdbStateStore::~RocksdbStateStore() = default;

Result<std::unique_ptr<RocksdbStateStore>> RocksdbStateStore::open(const std::string& directory,
                                                                   const RocksdbSettings& settings,
                                                                   rocksdb::Env* env) {
  auto impl = std::make_unique<Impl>(directory, settings, env);
  HAPAX_TRY(impl->open());
  return std::unique_ptr<RocksdbStateStore>(new RocksdbStateStore(std::move(impl)));
}

StateStore& RocksdbStateStore::owner(const std::string& name) {
  return impl_->owner(name);
}

bool RocksdbStateStore::made_of_base() const {
  return impl_->made_of_base();
}

StateStoreStats RocksdbStateStore::stats() const {
  return impl_->stats();
}

Result<std::vector<StateFile>> RocksdbStateStore::files(
    const PortableStore::IsKnown& is_known) const {
  return impl_->files(is_known);
}

}  // namespace hapax
