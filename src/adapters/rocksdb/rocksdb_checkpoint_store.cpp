#include "adapters/rocksdb/rocksdb_checkpoint_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "adapters/rocksdb/rocksdb_errors.hpp"
#include "adapters/rocksdb/rocksdb_format.hpp"
#include "adapters/rocksdb/table_options.hpp"

namespace hapax {
namespace {

using namespace rocksdb_format;  // NOLINT: this file is its only user.

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

/// A column family as long as anyone reads it; the last owner closes it.
using Family = std::shared_ptr<rocksdb::ColumnFamilyHandle>;

}  // namespace

class RocksdbCheckpointStore::Impl {
 public:
  static Result<std::unique_ptr<Impl>> open(const std::string& directory,
                                            const RocksdbSettings& settings, rocksdb::Env* env);

  Result<void> write(const Checkpoint& checkpoint);
  Result<std::optional<std::string>> get(const Family& family, std::string_view key) const;
  Result<void> scan(const Family& family, std::string_view from, std::string_view to,
                    const CellStore::Visit& visit) const;

  const Family& meta() const { return meta_; }
  const Family& cells() const { return cells_; }
  /// Errors: kCorrupt, the bucket was never written.
  Result<Family> bucket(BucketId id) const;
  CheckpointStoreStats stats() const;

 private:
  using Fill = std::function<rocksdb::Status(rocksdb::SstFileWriter&)>;

  Family own(rocksdb::ColumnFamilyHandle* handle) const;
  Result<Family> bucket_to_write(BucketId id);
  Result<void> add_table(const Family& family, const Fill& fill,
                         std::vector<rocksdb::IngestExternalFileArg>& tables);
  Result<void> add_tables(const Checkpoint& checkpoint,
                          std::vector<rocksdb::IngestExternalFileArg>& tables);
  Result<void> drop_buckets(const std::vector<BucketId>& live);
  Result<void> clear_staging();

  std::string staging_;
  rocksdb::Options options_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::unique_ptr<rocksdb::DB> db_;  // Before the handles, which must be closed first.
  Family meta_;
  Family cells_;
  mutable std::mutex mutex_;
  std::map<BucketId, Family> buckets_;  // Guarded by mutex_.
};

Family RocksdbCheckpointStore::Impl::own(rocksdb::ColumnFamilyHandle* handle) const {
  return {handle, [db = db_.get()](rocksdb::ColumnFamilyHandle* closing) {
            db->DestroyColumnFamilyHandle(closing).PermitUncheckedError();
          }};
}

Result<std::unique_ptr<RocksdbCheckpointStore::Impl>> RocksdbCheckpointStore::Impl::open(
    const std::string& directory, const RocksdbSettings& settings, rocksdb::Env* env) {
  auto impl = std::make_unique<Impl>();
  impl->cache_ = rocksdb::NewLRUCache(settings.cache_bytes_limit);
  impl->options_ = checkpoint_db_options(settings, impl->cache_, env);
  impl->staging_ = directory + "/staging";
  rocksdb::Env& files = *impl->options_.env;
  HAPAX_TRY(check_rocksdb(files.CreateDirIfMissing(directory), "create"));

  std::vector<std::string> names;
  const std::string current = directory + "/CURRENT";
  if (files.FileExists(current).ok()) {
    HAPAX_TRY(
        check_rocksdb(rocksdb::DB::ListColumnFamilies(impl->options_, directory, &names), "open"));
  } else {
    names = {rocksdb::kDefaultColumnFamilyName};
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) {
    families.emplace_back(name, impl->options_);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  HAPAX_TRY(
      check_rocksdb(rocksdb::DB::Open(impl->options_, directory, families, &handles, &db), "open"));
  impl->db_.reset(db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    Family family = impl->own(handle);
    if (handle->GetName() == rocksdb::kDefaultColumnFamilyName) {
      impl->meta_ = std::move(family);
    } else if (handle->GetName() == kCellsFamily) {
      impl->cells_ = std::move(family);
    } else if (const auto bucket = bucket_of_family(handle->GetName())) {
      impl->buckets_[*bucket] = std::move(family);
    }
  }
  if (!impl->cells_) {
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    HAPAX_TRY(check_rocksdb(
        db->CreateColumnFamily(impl->options_, std::string(kCellsFamily), &handle), "create"));
    impl->cells_ = impl->own(handle);
  }
  HAPAX_TRY(impl->clear_staging());
  return impl;
}

// Tables of an attempt that was cut short.
Result<void> RocksdbCheckpointStore::Impl::clear_staging() {
  rocksdb::Env& files = *options_.env;
  HAPAX_TRY(check_rocksdb(files.CreateDirIfMissing(staging_), "create"));
  std::vector<std::string> names;
  HAPAX_TRY(check_rocksdb(files.GetChildren(staging_, &names), "read"));
  for (const std::string& name : names) {
    if (name.ends_with(".sst")) {
      HAPAX_TRY(check_rocksdb(files.DeleteFile(staging_ + "/" + name), "clean"));
    }
  }
  return {};
}

Result<Family> RocksdbCheckpointStore::Impl::bucket(BucketId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(id);
  if (found == buckets_.end()) {
    return Error{ErrorKind::kCorrupt, "the checkpoint store misses " + bucket_family(id),
                 "remove the state folder to rebuild it from the log"};
  }
  return found->second;
}

Result<Family> RocksdbCheckpointStore::Impl::bucket_to_write(BucketId id) {
  if (Result<Family> there = bucket(id)) {
    return there;
  }
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  HAPAX_TRY(check_rocksdb(db_->CreateColumnFamily(options_, bucket_family(id), &handle), "extend"));
  const std::lock_guard lock(mutex_);
  return buckets_[id] = own(handle);
}

Result<void> RocksdbCheckpointStore::Impl::add_table(
    const Family& family, const Fill& fill, std::vector<rocksdb::IngestExternalFileArg>& tables) {
  const std::string path = staging_ + "/" + std::to_string(tables.size()) + ".sst";
  rocksdb::SstFileWriter table(rocksdb::EnvOptions(options_), options_, family.get());
  HAPAX_TRY(check_rocksdb(table.Open(path), "write"));
  HAPAX_TRY(check_rocksdb(fill(table), "write"));
  HAPAX_TRY(check_rocksdb(table.Finish(), "write"));
  rocksdb::IngestExternalFileOptions how;
  how.move_files = true;
  how.failed_move_fall_back_to_copy = true;
  how.write_global_seqno = false;
  tables.push_back({.column_family = family.get(),
                    .external_files = {path},
                    .options = how,
                    .files_checksums = {},
                    .files_checksum_func_names = {},
                    .file_temperature = rocksdb::Temperature::kUnknown});
  return {};
}

Result<void> RocksdbCheckpointStore::Impl::add_tables(
    const Checkpoint& checkpoint, std::vector<rocksdb::IngestExternalFileArg>& tables) {
  HAPAX_TRY(add_table(
      meta_,
      [&](rocksdb::SstFileWriter& table) { return table.Put(slice(kMetaKey), checkpoint.meta); },
      tables));
  if (!checkpoint.cells.empty()) {
    const auto put_cells = [&](rocksdb::SstFileWriter& table) {
      rocksdb::Status status;
      for (auto cell = checkpoint.cells.begin(); cell != checkpoint.cells.end() && status.ok();
           ++cell) {
        status = table.Put(cell->key, cell->value);
      }
      return status;
    };
    HAPAX_TRY(add_table(cells_, put_cells, tables));
  }
  std::map<BucketId, std::pair<const Checkpoint::Run*, const Checkpoint::Filter*>> buckets;
  for (const Checkpoint::Run& run : checkpoint.runs) {
    buckets[run.bucket].first = &run;
  }
  for (const Checkpoint::Filter& filter : checkpoint.filters) {
    buckets[filter.bucket].second = &filter;
  }
  for (const auto& [id, parts] : buckets) {
    const auto put_bucket = [run = parts.first,
                             filter = parts.second](rocksdb::SstFileWriter& table) {
      rocksdb::Status status;
      for (std::size_t i = 0; run != nullptr && i < run->ids.size() && status.ok(); ++i) {
        status = table.Put(id_key(run->ids[i].id), content_value(run->ids[i].content));
      }
      if (filter != nullptr && status.ok()) {
        status = table.Put(slice(kFilterKey), filter->bytes);
      }
      return status;
    };
    HAPAX_ASSIGN(const Family family, bucket_to_write(id));
    HAPAX_TRY(add_table(family, put_bucket, tables));
  }
  return {};
}

Result<void> RocksdbCheckpointStore::Impl::write(const Checkpoint& checkpoint) {
  // After an I/O error RocksDB takes nothing until told that the cause may be gone.
  HAPAX_TRY(check_rocksdb(db_->Resume(), "resume"));
  HAPAX_TRY(clear_staging());
  std::vector<rocksdb::IngestExternalFileArg> tables;
  HAPAX_TRY(add_tables(checkpoint, tables));
  HAPAX_TRY(check_rocksdb(db_->IngestExternalFiles(tables), "write"));
  return drop_buckets(checkpoint.live_buckets);
}

Result<void> RocksdbCheckpointStore::Impl::drop_buckets(const std::vector<BucketId>& live) {
  std::vector<Family> dropped;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(buckets_, [&](const auto& entry) {
      const bool dead = std::ranges::find(live, entry.first) == live.end();
      if (dead) {
        dropped.push_back(entry.second);
      }
      return dead;
    });
  }
  for (const Family& family : dropped) {
    // The checkpoint stands; what is not dropped now is found and dropped after the next start.
    db_->DropColumnFamily(family.get()).PermitUncheckedError();
  }
  return {};
}

Result<std::optional<std::string>> RocksdbCheckpointStore::Impl::get(const Family& family,
                                                                     std::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), family.get(), slice(key), &value);
  if (status.IsNotFound()) {
    return std::optional<std::string>();
  }
  HAPAX_TRY(check_rocksdb(status, "read"));
  return std::optional(std::move(value));
}

Result<void> RocksdbCheckpointStore::Impl::scan(const Family& family, std::string_view from,
                                                std::string_view to,
                                                const CellStore::Visit& visit) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const rocksdb::Slice end = slice(to);
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options, family.get()));
  for (at->Seek(slice(from)); at->Valid(); at->Next()) {
    if (!visit(view(at->key()), view(at->value()))) {
      return {};
    }
  }
  return check_rocksdb(at->status(), "read");
}

CheckpointStoreStats RocksdbCheckpointStore::Impl::stats() const {
  CheckpointStoreStats stats;
  db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &stats.disk_bytes);
  stats.cache_bytes = cache_->GetUsage();
  return stats;
}

RocksdbCheckpointStore::RocksdbCheckpointStore(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

RocksdbCheckpointStore::~RocksdbCheckpointStore() = default;

Result<std::unique_ptr<RocksdbCheckpointStore>> RocksdbCheckpointStore::open(
    const std::string& directory, const RocksdbSettings& settings, rocksdb::Env* env) {
  HAPAX_ASSIGN(std::unique_ptr<Impl> impl, Impl::open(directory, settings, env));
  return std::unique_ptr<RocksdbCheckpointStore>(new RocksdbCheckpointStore(std::move(impl)));
}

Result<void> RocksdbCheckpointStore::write(const Checkpoint& checkpoint) {
  return impl_->write(checkpoint);
}

Result<std::optional<std::string>> RocksdbCheckpointStore::meta() {
  return impl_->get(impl_->meta(), kMetaKey);
}

Result<std::optional<std::uint64_t>> RocksdbCheckpointStore::find_id(BucketId bucket,
                                                                     const Hash128& id) {
  HAPAX_ASSIGN(const Family family, impl_->bucket(bucket));
  HAPAX_ASSIGN(const std::optional<std::string> value, impl_->get(family, id_key(id)));
  if (!value) {
    return std::optional<std::uint64_t>();
  }
  const std::optional<std::uint64_t> content = decode_content(*value);
  if (!content) {
    return Error{ErrorKind::kCorrupt, "a stored id has a damaged value"};
  }
  return content;
}

Result<void> RocksdbCheckpointStore::scan_ids(BucketId bucket, const IdStore::Visit& visit) {
  HAPAX_ASSIGN(const Family family, impl_->bucket(bucket));
  bool damaged = false;
  HAPAX_TRY(impl_->scan(family, {}, kFilterKey, [&](std::string_view key, std::string_view value) {
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
}

Result<std::string> RocksdbCheckpointStore::filter(BucketId bucket) {
  HAPAX_ASSIGN(const Family family, impl_->bucket(bucket));
  HAPAX_ASSIGN(std::optional<std::string> bytes, impl_->get(family, kFilterKey));
  if (!bytes) {
    return Error{ErrorKind::kCorrupt, bucket_family(bucket) + " has no filter"};
  }
  return std::move(*bytes);
}

Result<std::optional<std::string>> RocksdbCheckpointStore::find_cell(std::string_view key) {
  return impl_->get(impl_->cells(), key);
}

Result<void> RocksdbCheckpointStore::scan_cells(std::string_view from, std::string_view to,
                                                const CellStore::Visit& visit) {
  return impl_->scan(impl_->cells(), from, to, visit);
}

CheckpointStoreStats RocksdbCheckpointStore::stats() const {
  return impl_->stats();
}

}  // namespace hapax
