// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/rocksdb_portable.hpp"

#include <rocksdb/env.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "adapters/rocksdb/database_files.hpp"
#include "adapters/rocksdb/unsynced_files.hpp"

namespace hapax {

RocksdbPortable::RocksdbPortable(std::string directory, const RocksdbSettings& settings)
    : directory_(std::move(directory)),
      settings_(settings),
      env_(rocksdb::NewCompositeEnv(
          std::make_shared<UnsyncedFiles>(rocksdb::Env::Default()->GetFileSystem()))) {}

/// What cannot be removed is in nobody's way.
RocksdbPortable::~RocksdbPortable() {
  if (std::exchange(store_, nullptr) != nullptr) {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
}

Result<void> RocksdbPortable::open(std::vector<StateFile> files) {
  store_.reset();
  HAPAX_TRY(make_directory(directory_, *env_));
  HAPAX_TRY(remove_database(directory_, *env_));
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
    HAPAX_TRY(place_database(placed, directory_, *env_));
  }
  HAPAX_ASSIGN(store_, RocksdbStateStore::open(directory_, settings_, env_.get()));
  return {};
}

Result<std::vector<StateFile>> RocksdbPortable::files(const IsKnown& is_known) {
  return store_->files(is_known);
}

}  // namespace hapax
