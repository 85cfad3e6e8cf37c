#include "adapters/rocksdb/checkpoint_db.hpp"

#include <algorithm>
#include <utility>

#include "adapters/rocksdb/rocksdb_errors.hpp"
#include "adapters/rocksdb/rocksdb_format.hpp"

namespace hapax {
namespace {

using namespace rocksdb_format;  // NOLINT: this file is one of its two users.

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

/// The column families that are there; the one of a database that is yet to be made.
Result<std::vector<rocksdb::ColumnFamilyDescriptor>> find_families(
    const std::string& directory, const rocksdb::Options& options) {
  std::vector<std::string> names{rocksdb::kDefaultColumnFamilyName};
  if (options.env->FileExists(directory + "/CURRENT").ok()) {
    HAPAX_TRY(check_rocksdb(rocksdb::DB::ListColumnFamilies(options, directory, &names), "open"));
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(names.size());
  for (const std::string& name : names) {
    families.emplace_back(name, options);
  }
  return families;
}

}  // namespace

Result<std::unique_ptr<CheckpointDb>> CheckpointDb::open(const std::string& directory,
                                                         const rocksdb::Options& options,
                                                         Mode mode) {
  std::unique_ptr<CheckpointDb> opened(new CheckpointDb(options, mode));
  HAPAX_ASSIGN(const auto families, find_families(directory, options));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const auto status =
      mode == Mode::kWrite
          ? rocksdb::DB::Open(options, directory, families, &handles, &db)
          : rocksdb::DB::OpenForReadOnly(options, directory, families, &handles, &db);
  HAPAX_TRY(check_rocksdb(status, "open"));
  opened->db_.reset(db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    opened->sort_in(opened->own(handle));
  }
  if (!opened->cells_) {
    HAPAX_ASSIGN(opened->cells_, opened->create(std::string(kCellsFamily)));
  }
  return opened;
}

CheckpointDb::Family CheckpointDb::own(rocksdb::ColumnFamilyHandle* handle) const {
  return {handle, [db = db_.get()](rocksdb::ColumnFamilyHandle* closing) {
            db->DestroyColumnFamilyHandle(closing).PermitUncheckedError();
          }};
}

void CheckpointDb::sort_in(Family family) {
  const std::string& name = family->GetName();
  if (name == rocksdb::kDefaultColumnFamilyName) {
    meta_ = std::move(family);
  } else if (name == kCellsFamily) {
    cells_ = std::move(family);
  } else if (const auto bucket = bucket_of_family(name)) {
    const MutexLock lock(mutex_);
    buckets_[*bucket] = std::move(family);
  }
}

Result<CheckpointDb::Family> CheckpointDb::create(const std::string& name) {
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  HAPAX_TRY(check_rocksdb(db_->CreateColumnFamily(options_, name, &handle), "extend"));
  return own(handle);
}

Result<CheckpointDb::Family> CheckpointDb::bucket(BucketId id) const {
  const MutexLock lock(mutex_);
  const auto found = buckets_.find(id);
  if (found == buckets_.end()) {
    return Error{ErrorKind::kCorrupt, "the checkpoint store misses " + bucket_family(id),
                 "remove the state folder to rebuild it from the log"};
  }
  return found->second;
}

Result<CheckpointDb::Family> CheckpointDb::find_or_create_bucket(BucketId id) {
  if (Result<Family> there = bucket(id)) {
    return there;
  }
  HAPAX_ASSIGN(Family family, create(bucket_family(id)));
  const MutexLock lock(mutex_);
  return buckets_[id] = std::move(family);
}

void CheckpointDb::drop_buckets_except(const std::vector<BucketId>& live) {
  std::vector<Family> dropped;
  {
    const MutexLock lock(mutex_);
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
}

Result<std::optional<std::string>> CheckpointDb::get(const Family& family,
                                                     std::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), family.get(), slice(key), &value);
  if (status.IsNotFound()) {
    return std::optional<std::string>();
  }
  HAPAX_TRY(check_rocksdb(status, "read"));
  return std::optional(std::move(value));
}

Result<void> CheckpointDb::scan(const Family& family, std::string_view from, std::string_view to,
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

}  // namespace hapax
