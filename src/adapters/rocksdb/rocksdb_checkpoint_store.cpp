#include "adapters/rocksdb/rocksdb_checkpoint_store.hpp"

#include <utility>

#include "adapters/rocksdb/checkpoint_db.hpp"
#include "adapters/rocksdb/checkpoint_tables.hpp"
#include "adapters/rocksdb/rocksdb_errors.hpp"
#include "adapters/rocksdb/rocksdb_format.hpp"
#include "adapters/rocksdb/table_keeper.hpp"
#include "adapters/rocksdb/table_options.hpp"
#include "core/mutex.hpp"

namespace hapax {

using namespace rocksdb_format;  // NOLINT: this file is one of its users.

class RocksdbCheckpointStore::Impl {
 public:
  Impl(const std::string& directory, const RocksdbSettings& settings, rocksdb::Env* env)
      : directory_(directory),
        cache_(rocksdb::NewLRUCache(settings.cache_bytes_limit)),
        keeper_(std::make_shared<TableKeeper>(
            (env != nullptr ? env : rocksdb::Env::Default())->GetFileSystem())),
        env_(rocksdb::NewCompositeEnv(keeper_)),
        options_(checkpoint_db_options(settings, cache_, env_.get())),
        tables_(directory + "/staging", options_) {}

  Result<void> open() {
    HAPAX_TRY(check_rocksdb(options_.env->CreateDirIfMissing(directory_), "create"));
    const WriterLock lock(open_mutex_);
    HAPAX_ASSIGN(db_, CheckpointDb::open(directory_, options_, CheckpointDb::Mode::kWrite));
    return tables_.clear();
  }

  Result<void> write(const Checkpoint& checkpoint) {
    if (broken_) {
      HAPAX_TRY(repair());
    }
    auto written = write_tables(checkpoint);
    if (!written) {
      broken_ = true;
      repair().permit_unchecked_error();  // Else before the next write.
    }
    return written;
  }

  /// What `read` returns of the open database. Errors: kUnavailable while there is none.
  template <typename Read>
  auto read(const Read& read) const -> std::invoke_result_t<Read, const CheckpointDb&> {
    const ReaderLock lock(open_mutex_);
    if (!db_) {
      return Error{ErrorKind::kUnavailable, "the checkpoint store could not be opened again",
                   "see to the disk; the next checkpoint tries again"};
    }
    return read(*db_);
  }

  CheckpointStoreStats stats() const {
    CheckpointStoreStats stats{.disk_bytes = 0, .cache_bytes = cache_->GetUsage()};
    const ReaderLock lock(open_mutex_);
    if (db_) {
      db_->db().GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize,
                                         &stats.disk_bytes);
    }
    return stats;
  }

 private:
  Result<void> write_tables(const Checkpoint& checkpoint) {
    const ReaderLock lock(open_mutex_);
    HAPAX_TRY(tables_.clear());
    keeper_->hold();
    auto written = tables_.write(checkpoint, *db_);
    written ? keeper_->release() : keeper_->forget();
    if (written) {
      db_->drop_buckets_except(checkpoint.live_buckets);
    }
    return written;
  }

  // What RocksDB remembers of an error outlasts its Resume(): an ingestion after it can get no file
  // numbers and take that for success. Opened again it knows only what is on disk: the former
  // checkpoint or this one, in a manifest that is written anew.
  Result<void> repair() {
    const WriterLock lock(open_mutex_);
    db_.reset();
    auto opened = CheckpointDb::open(directory_, options_, CheckpointDb::Mode::kWrite);
    if (opened) {
      db_ = std::move(*opened);
      broken_ = false;
      return {};
    }
    // A full disk, say. Lookups go on.
    if (auto readable = CheckpointDb::open(directory_, options_, CheckpointDb::Mode::kReadOnly)) {
      db_ = std::move(*readable);
    }
    return std::move(opened).error();
  }

  const std::string directory_;
  const std::shared_ptr<rocksdb::Cache> cache_;
  const std::shared_ptr<TableKeeper> keeper_;
  const std::unique_ptr<rocksdb::Env> env_;
  const rocksdb::Options options_;
  CheckpointTables tables_;  // Of the writer, as the next.
  bool broken_ = false;      // A write failed and repair() has not succeeded since.
  mutable SharedMutex open_mutex_;
  std::unique_ptr<CheckpointDb> db_ HAPAX_GUARDED_BY(open_mutex_);
};

RocksdbCheckpointStore::RocksdbCheckpointStore(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

RocksdbCheckpointStore::~RocksdbCheckpointStore() = default;

Result<std::unique_ptr<RocksdbCheckpointStore>> RocksdbCheckpointStore::open(
    const std::string& directory, const RocksdbSettings& settings, rocksdb::Env* env) {
  auto impl = std::make_unique<Impl>(directory, settings, env);
  HAPAX_TRY(impl->open());
  return std::unique_ptr<RocksdbCheckpointStore>(new RocksdbCheckpointStore(std::move(impl)));
}

Result<void> RocksdbCheckpointStore::write(const Checkpoint& checkpoint) {
  return impl_->write(checkpoint);
}

Result<std::optional<std::string>> RocksdbCheckpointStore::meta() {
  return impl_->read([](const CheckpointDb& db) { return db.get(db.meta(), kMetaKey); });
}

Result<std::optional<std::uint64_t>> RocksdbCheckpointStore::find_id(BucketId bucket,
                                                                     const Hash128& id) {
  return impl_->read([&](const CheckpointDb& db) -> Result<std::optional<std::uint64_t>> {
    HAPAX_ASSIGN(const auto family, db.bucket(bucket));
    HAPAX_ASSIGN(const std::optional<std::string> value, db.get(family, as_text(id_key(id))));
    if (!value) {
      return std::optional<std::uint64_t>();
    }
    const std::optional<std::uint64_t> content = decode_content(*value);
    if (!content) {
      return Error{ErrorKind::kCorrupt, "a stored id has a damaged value"};
    }
    return content;
  });
}

Result<void> RocksdbCheckpointStore::scan_ids(BucketId bucket, const IdStore::Visit& visit) {
  return impl_->read([&](const CheckpointDb& db) -> Result<void> {
    HAPAX_ASSIGN(const auto family, db.bucket(bucket));
    bool damaged = false;
    HAPAX_TRY(db.scan(family, {}, kFilterKey, [&](std::string_view key, std::string_view value) {
      const std::optional<SeenId> seen = decode_id(key, value);
      damaged = !seen;
      if (seen) {
        visit(*seen);
      }
      return !damaged;
    }));
    if (damaged) {
      return Error{ErrorKind::kCorrupt, "a stored id is damaged"};
    }
    return {};
  });
}

Result<std::string> RocksdbCheckpointStore::filter(BucketId bucket) {
  return impl_->read([&](const CheckpointDb& db) -> Result<std::string> {
    HAPAX_ASSIGN(const auto family, db.bucket(bucket));
    HAPAX_ASSIGN(std::optional<std::string> bytes, db.get(family, kFilterKey));
    if (!bytes) {
      return Error{ErrorKind::kCorrupt, bucket_family(bucket) + " has no filter"};
    }
    return std::move(*bytes);
  });
}

Result<std::optional<std::string>> RocksdbCheckpointStore::find_cell(std::string_view key) {
  return impl_->read([&](const CheckpointDb& db) { return db.get(db.cells(), key); });
}

Result<void> RocksdbCheckpointStore::scan_cells(std::string_view from, std::string_view to,
                                                const CellStore::Visit& visit) {
  return impl_->read([&](const CheckpointDb& db) { return db.scan(db.cells(), from, to, visit); });
}

CheckpointStoreStats RocksdbCheckpointStore::stats() const {
  return impl_->stats();
}

}  // namespace hapax
