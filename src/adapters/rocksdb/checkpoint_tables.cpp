#include "adapters/rocksdb/checkpoint_tables.hpp"

#include <rocksdb/sst_file_writer.h>

#include <map>
#include <utility>

#include "adapters/rocksdb/rocksdb_errors.hpp"
#include "adapters/rocksdb/rocksdb_format.hpp"

namespace hapax {
namespace {

using namespace rocksdb_format;  // NOLINT: this file is one of its two users.

rocksdb::Status put_cells(rocksdb::SstFileWriter& table, const Checkpoint& checkpoint) {
  rocksdb::Status status;
  for (auto cell = checkpoint.cells.begin(); cell != checkpoint.cells.end() && status.ok();
       ++cell) {
    status = table.Put(cell->key, cell->value);
  }
  return status;
}

rocksdb::Status put_bucket(rocksdb::SstFileWriter& table, const Checkpoint::Run* run,
                           const Checkpoint::Filter* filter) {
  rocksdb::Status status;
  for (std::size_t i = 0; run != nullptr && i < run->ids.size() && status.ok(); ++i) {
    const auto key = id_key(run->ids[i].id);
    const auto value = content_value(run->ids[i].content);
    status = table.Put(rocksdb::Slice(key.data(), key.size()),
                       rocksdb::Slice(value.data(), value.size()));
  }
  if (filter != nullptr && status.ok()) {
    status = table.Put(rocksdb::Slice(kFilterKey.data(), kFilterKey.size()), filter->bytes);
  }
  return status;
}

}  // namespace

Result<void> CheckpointTables::clear() {
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

Result<void> CheckpointTables::write(const Checkpoint& checkpoint, CheckpointDb& db) {
  tables_.clear();
  HAPAX_TRY(add_table(db.meta(), [&](rocksdb::SstFileWriter& table) {
    return table.Put(rocksdb::Slice(kMetaKey.data(), kMetaKey.size()), checkpoint.meta);
  }));
  if (!checkpoint.cells.empty()) {
    HAPAX_TRY(add_table(
        db.cells(), [&](rocksdb::SstFileWriter& table) { return put_cells(table, checkpoint); }));
  }
  HAPAX_TRY(add_buckets(checkpoint, db));
  return check_rocksdb(db.db().IngestExternalFiles(tables_), "write");
}

Result<void> CheckpointTables::add_buckets(const Checkpoint& checkpoint, CheckpointDb& db) {
  std::map<BucketId, std::pair<const Checkpoint::Run*, const Checkpoint::Filter*>> buckets;
  for (const Checkpoint::Run& run : checkpoint.runs) {
    buckets[run.bucket].first = &run;
  }
  for (const Checkpoint::Filter& filter : checkpoint.filters) {
    buckets[filter.bucket].second = &filter;
  }
  for (const auto& [id, parts] : buckets) {
    HAPAX_ASSIGN(const Family family, db.find_or_create_bucket(id));
    HAPAX_TRY(add_table(family, [&parts = parts](rocksdb::SstFileWriter& table) {
      return put_bucket(table, parts.first, parts.second);
    }));
  }
  return {};
}

Result<void> CheckpointTables::add_table(const Family& family, const Fill& fill) {
  const std::string path = staging_ + "/" + std::to_string(tables_.size()) + ".sst";
  rocksdb::SstFileWriter table(rocksdb::EnvOptions(options_), options_, family.get());
  HAPAX_TRY(check_rocksdb(table.Open(path), "write"));
  HAPAX_TRY(check_rocksdb(fill(table), "write"));
  HAPAX_TRY(check_rocksdb(table.Finish(), "write"));
  rocksdb::IngestExternalFileOptions how;
  how.move_files = true;
  how.failed_move_fall_back_to_copy = true;
  how.write_global_seqno = false;
  tables_.push_back({.column_family = family.get(),
                     .external_files = {path},
                     .options = how,
                     .files_checksums = {},
                     .files_checksum_func_names = {},
                     .file_temperature = rocksdb::Temperature::kUnknown});
  return {};
}

}  // namespace hapax
