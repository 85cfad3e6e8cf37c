// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/rocksdb/rocksdb_state_store.hpp"
#include "ports/portable_store.hpp"

namespace hapax {

/// A RocksdbStateStore of one owner in a folder of its own, as the files of its database: tables
/// are immutable and have numbers that RocksDB never gives twice. What the folder held before
/// open() is removed.
/// Threading: one owner.
class RocksdbPortable : public PortableStore {
 public:
  RocksdbPortable(std::string directory, const RocksdbSettings& settings)
      : directory_(std::move(directory)), settings_(settings) {}

  Result<void> open(std::vector<StateFile> files) override;
  StateStore& tables() override { return store_->owner("partition"); }
  Result<std::vector<StateFile>> files(const IsKnown& is_known) override;

 private:
  const std::string directory_;
  const RocksdbSettings settings_;
  std::unique_ptr<RocksdbStateStore> store_;
};

}  // namespace hapax
