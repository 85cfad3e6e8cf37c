// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "ports/portable_store.hpp"

namespace hapax {

/// A RocksdbStateStore of one owner in a folder of its own, as the files of its database: tables
/// are immutable and have numbers that an open RocksDB does not give twice. What the folder held
/// before open() is removed, and the folder is when this goes: nothing in it need be durable, and
/// nothing is. Threading: one owner.
class RocksdbPortable : public PortableStore {
 public:
  RocksdbPortable(std::string directory, const RocksdbSettings& settings);
  ~RocksdbPortable() override;

  Result<void> open(std::vector<StateFile> files) override;
  StateStore& tables() override { return store_->owner("partition"); }
  Result<std::vector<StateFile>> files(const IsKnown& is_known) override;

 private:
  const std::string directory_;
  const RocksdbSettings settings_;
  const std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<RocksdbStateStore> store_;
};

}  // namespace hapax
