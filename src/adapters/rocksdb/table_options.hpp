// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <memory>

#include "adapters/rocksdb/rocksdb_state_store.hpp"

namespace hapax {

/// How RocksDB is set up for a store that is only ever written by ingesting files.
rocksdb::Options state_db_options(const RocksdbSettings& settings,
                                  const std::shared_ptr<rocksdb::Cache>& cache, rocksdb::Env* env);

}  // namespace hapax
