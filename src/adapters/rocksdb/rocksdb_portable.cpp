// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/rocksdb_portable.hpp"

#include <rocksdb/env.h>

#include "adapters/rocksdb/database_files.hpp"

namespace hapax {

Result<void> RocksdbPortable::open(std::vector<StateFile> files) {
  rocksdb::Env& env = *rocksdb::Env::Default();
  HAPAX_TRY(make_directory(directory_, env));
  HAPAX_TRY(remove_database(directory_, env));
  if (!files.empty()) {
    std::vector<DatabaseFile> placed;
    placed.reserve(files.size());
    for (StateFile& file : files) {
      placed.push_back({.name = std::move(file.name),
                        .path = {},
                        .size = file.bytes.size(),
                        .content = std::move(file.bytes),
                        .immutable = false});
    }
    HAPAX_TRY(place_database(placed, directory_, env));
  }
  HAPAX_ASSIGN(store_, RocksdbStateStore::open(directory_, settings_));
  return {};
}

Result<std::vector<StateFile>> RocksdbPortable::files(const IsKnown& is_known) {
  return store_->files(is_known);
}

}  // namespace hapax
