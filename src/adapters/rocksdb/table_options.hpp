// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <memory>
#include <string_view>

#include "adapters/rocksdb/rocksdb_state_store.hpp"

namespace hapax {

/// How RocksDB is set up for a store that is only ever written by ingesting files.
rocksdb::Options state_db_options(const RocksdbSettings& settings,
                                  const std::shared_ptr<rocksdb::Cache>& cache, rocksdb::Env* env);

/// `options` of state_db_options(), as the families of `table` have them: those of a table that
/// has_stems() have filters of the stems, so that StateDb::scan_stem() opens only the files that
/// hold one. Files that were written otherwise are read as they are.
rocksdb::Options options_of_table(const rocksdb::Options& options, std::string_view table);

}  // namespace hapax
