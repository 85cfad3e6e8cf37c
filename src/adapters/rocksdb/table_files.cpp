// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/table_files.hpp"

#include <rocksdb/sst_file_writer.h>

#include <utility>

#include "adapters/rocksdb/rocksdb_errors.hpp"
#include "adapters/rocksdb/slices.hpp"
#include "adapters/rocksdb/state_format.hpp"
#include "adapters/rocksdb/table_options.hpp"

namespace hapax {
namespace {

using namespace state_format;  // NOLINT: this file is one of its users.

/// Ranges and changes get one sequence number in RocksDB, under which a range covers no change.
rocksdb::Status fill_table(const StateWrite::Table& table, rocksdb::SstFileWriter& file) {
  rocksdb::Status status;
  table.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
    status = value ? file.Put(slice(key), slice(*value)) : file.Delete(slice(key));
    return status.ok();
  });
  for (auto range = table.erased.begin(); range != table.erased.end() && status.ok(); ++range) {
    status = file.DeleteRange(slice(range->from), slice(range->to));
  }
  return status;
}

bool fills(const StateWrite::Table& table) {
  return !table.changes.empty() || (!table.erased.empty() && !table.dropped);
}

}  // namespace

Result<void> TableFiles::clear() {
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

Result<StateDb::Tables> TableFiles::write(const std::string& owner, const StateWrite& write,
                                          StateDb& db) {
  files_.clear();
  StateDb::Tables changed;
  for (const StateWrite::Table& table : write.tables) {
    HAPAX_TRY(add_table(table_name(owner, table.name), table, db, changed));
  }
  HAPAX_TRY(add_root(owner, write, db, changed));
  HAPAX_TRY(check_rocksdb(db.db().IngestExternalFiles(files_), "write"));
  return changed;
}

Result<void> TableFiles::add_table(const std::string& name, const StateWrite::Table& table,
                                   StateDb& db, StateDb::Tables& changed) {
  StateDb::Family family = db.find(name);
  if (table.dropped && std::exchange(family, nullptr)) {
    changed[name] = nullptr;
  }
  if (!fills(table)) {
    return {};
  }
  if (!family) {
    HAPAX_ASSIGN(family, db.create(name));
    changed[name] = family;
  }
  return add_file(family, [&](rocksdb::SstFileWriter& file) { return fill_table(table, file); });
}

Result<void> TableFiles::add_root(const std::string& owner, const StateWrite& write, StateDb& db,
                                  const StateDb::Tables& changed) {
  StateWrite::Table root{.name = {}};
  root.changes.put(kFormatKey, kFormat);
  root.changes.put(std::string(kManifestPrefix) + owner, write.manifest);
  for (const auto& [name, family] : changed) {
    const std::string key = std::string(kTablePrefix) + name;
    family ? root.changes.put(key, family->GetName()) : root.changes.erase(key);
  }
  return add_file(db.root(), [&](rocksdb::SstFileWriter& file) { return fill_table(root, file); });
}

Result<void> TableFiles::add_file(const StateDb::Family& family, const Fill& fill) {
  const std::string path = staging_ + "/" + std::to_string(files_.size()) + ".sst";
  const rocksdb::Options options = options_of_table(options_, table_of_family(family->GetName()));
  rocksdb::SstFileWriter file(rocksdb::EnvOptions(options), options, family.get());
  HAPAX_TRY(check_rocksdb(file.Open(path), "write"));
  HAPAX_TRY(check_rocksdb(fill(file), "write"));
  HAPAX_TRY(check_rocksdb(file.Finish(), "write"));
  rocksdb::IngestExternalFileOptions how;
  how.move_files = true;
  how.failed_move_fall_back_to_copy = true;
  how.write_global_seqno = false;
  files_.push_back({.column_family = family.get(),
                    .external_files = {path},
                    .options = how,
                    .files_checksums = {},
                    .files_checksum_func_names = {},
                    .file_temperature = rocksdb::Temperature::kUnknown});
  return {};
}

}  // namespace hapax
