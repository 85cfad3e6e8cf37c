// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/state_db.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/rocksdb/rocksdb_errors.hpp"
#include "adapters/rocksdb/slices.hpp"
#include "adapters/rocksdb/state_format.hpp"
#include "adapters/rocksdb/table_options.hpp"

namespace hapax {
namespace {

using namespace state_format;  // NOLINT: this file is one of its users.

constexpr const char* kRebuild = "remove the state folder to rebuild it from the log";

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
    families.emplace_back(name, options_of_table(options, table_of_family(name)));
  }
  return families;
}

Error other_format(std::string_view format) {
  std::string message("the state folder has format ");
  message.append(format).append(", this version reads format ").append(kFormat);
  return {ErrorKind::kInvalid, std::move(message), kRebuild};
}

}  // namespace

Result<std::unique_ptr<StateDb>> StateDb::open(const std::string& directory,
                                               const rocksdb::Options& options, Mode mode) {
  std::unique_ptr<StateDb> opened(new StateDb(options));
  HAPAX_ASSIGN(const auto families, find_families(directory, options));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const auto status =
      mode == Mode::kWrite
          ? rocksdb::DB::Open(options, directory, families, &handles, &db)
          : rocksdb::DB::OpenForReadOnly(options, directory, families, &handles, &db);
  HAPAX_TRY(check_rocksdb(status, "open"));
  opened->db_.reset(db);
  opened->snapshots_ = std::make_shared<DbSnapshots>(*db);
  std::vector<Family> owned;
  owned.reserve(handles.size());
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    owned.push_back(opened->own(handle));
  }
  HAPAX_TRY(opened->sort_in(owned, mode));
  return opened;
}

StateDb::~StateDb() {
  if (snapshots_) {
    snapshots_->close();
  }
}

std::shared_ptr<const StateSnapshot> StateDb::snapshot(std::string owner) const {
  const MutexLock lock(mutex_);
  return snapshots_->take(std::move(owner), tables_);
}

StateDb::Family StateDb::own(rocksdb::ColumnFamilyHandle* handle) const {
  return {handle, [db = db_.get()](rocksdb::ColumnFamilyHandle* closing) {
            db->DestroyColumnFamilyHandle(closing).PermitUncheckedError();
          }};
}

Result<void> StateDb::check_format() const {
  HAPAX_ASSIGN(const std::optional<std::string> format, get(root_, kFormatKey));
  if (format && *format != kFormat) {
    return other_format(*format);
  }
  HAPAX_ASSIGN(const std::optional<std::string> before_formats, get(root_, kFormat2Key));
  if (before_formats) {
    return other_format("2");
  }
  return {};
}

Result<void> StateDb::sort_in(const std::vector<Family>& families, Mode mode) {
  std::map<std::string, Family, std::less<>> by_name;
  for (const Family& family : families) {
    by_name[family->GetName()] = family;
    next_number_ = std::max(next_number_, number_of_family(family->GetName()) + 1);
  }
  root_ = by_name.extract(rocksdb::kDefaultColumnFamilyName).mapped();
  HAPAX_TRY(check_format());
  Tables tables;
  std::string missing;
  HAPAX_TRY(scan(root_, kTablePrefix, kTablesEnd, [&](auto key, auto family) {
    const auto found = by_name.find(family);
    if (found == by_name.end()) {
      missing = family;
      return false;
    }
    tables[std::string(key.substr(kTablePrefix.size()))] = found->second;
    by_name.erase(found);
    return true;
  }));
  if (!missing.empty()) {
    return Error{ErrorKind::kCorrupt, "the state folder misses the table " + missing, kRebuild};
  }
  for (const auto& [name, family] : by_name) {
    if (mode == Mode::kWrite) {
      drop(family);
    }
  }
  const MutexLock lock(mutex_);
  tables_ = std::move(tables);
  return {};
}

StateDb::Family StateDb::find(std::string_view table) const {
  const MutexLock lock(mutex_);
  const auto found = tables_.find(table);
  return found == tables_.end() ? nullptr : found->second;
}

Result<StateDb::Family> StateDb::create(const std::string& table) {
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  HAPAX_TRY(check_rocksdb(db_->CreateColumnFamily(options_of_table(options_, table),
                                                  family_name(table, next_number_++), &handle),
                          "extend"));
  return own(handle);
}

void StateDb::adopt(const Tables& changed) {
  std::vector<Family> gone;
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, family] : changed) {
      if (Family former = std::exchange(tables_[name], family)) {
        gone.push_back(std::move(former));
      }
      if (!family) {
        tables_.erase(name);
      }
    }
  }
  for (const Family& family : gone) {
    drop(family);
  }
}

// What cannot be dropped now is found and dropped when the database is opened again.
void StateDb::drop(const Family& family) {
  db_->DropColumnFamily(family.get()).PermitUncheckedError();
}

Result<std::optional<std::string>> StateDb::get(const Family& family, std::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), family.get(), slice(key), &value);
  if (status.IsNotFound()) {
    return std::optional<std::string>();
  }
  HAPAX_TRY(check_rocksdb(status, "read"));
  return std::optional(std::move(value));
}

Result<void> StateDb::scan(const Family& family, std::string_view from, std::string_view to,
                           const StateStore::Visit& visit) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.total_order_seek = true;  // Whatever stems there are.
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

// Without a bound: RocksDB takes none that has another stem, and all with this stem are wanted.
Result<void> StateDb::scan_stem(const Family& family, std::string_view from,
                                const StateStore::Visit& visit) const {
  rocksdb::ReadOptions options;
  options.prefix_same_as_start = true;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options, family.get()));
  for (at->Seek(slice(from)); at->Valid(); at->Next()) {
    if (!visit(view(at->key()), view(at->value()))) {
      return {};
    }
  }
  return check_rocksdb(at->status(), "read");
}

}  // namespace hapax
