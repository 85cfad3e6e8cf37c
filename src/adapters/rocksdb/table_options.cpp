// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/table_options.hpp"

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/universal_compaction.h>

namespace hapax {
namespace {

/// RocksDB's own log is of no use to us, and on a full disk its file aborts the process: Debian's
/// RocksDB asserts that nobody writes to a file after a failed write, and its logger does.
class NoLog : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

/// A filter is only asked for what has the name that is in its file: never change what a name does.
class StemOfKey : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "hapax.BeforeLast8"; }
  bool InDomain(const rocksdb::Slice& key) const override { return key.size() >= kBehindStemBytes; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), InDomain(key) ? key.size() - kBehindStemBytes : key.size()};
  }
};
static_assert(kBehindStemBytes == 8);

/// For tables of which one row is read at a time, and none beside it.
rocksdb::Options with_small_blocks(const rocksdb::Options& options) {
  auto blocks = *options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  blocks.block_size = 4U << 10U;
  rocksdb::Options small(options);
  small.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  return small;
}

}  // namespace

rocksdb::Options state_db_options(const RocksdbSettings& settings,
                                  const std::shared_ptr<rocksdb::Cache>& cache, rocksdb::Env* env) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 16U << 10U;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.optimize_filters_for_memory = true;
  // Everything that grows with the data lives in the one bounded cache.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.partition_filters = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;

  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kNoCompression;  // Hashes do not compress.
  options.write_buffer_size = 64U << 10U;         // Never used: no puts.
  // A lookup asks the filter of each file that may have the key, so they are merged, but seldom:
  // cells are found by stems (below), and files of ids have no key in common.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level0_file_num_compaction_trigger = 32;
  options.level0_slowdown_writes_trigger = 1'000;
  options.level0_stop_writes_trigger = 1'000;
  options.max_background_jobs = 2;
  options.max_open_files = settings.open_files_limit;
  options.skip_stats_update_on_db_open = true;
  options.info_log = std::make_shared<NoLog>();
  options.max_manifest_file_size = settings.manifest_bytes_max;
  return options;
}

rocksdb::Options options_of_table(const rocksdb::Options& options, std::string_view table) {
  const std::string_view name = table.substr(table.rfind('/') + 1);  // Without its owner.
  if (name.starts_with("ids.") || name.starts_with("runs.")) {
    rocksdb::Options of_ids = with_small_blocks(options);
    // Runs and slices have no key in common. Without it their files are written again for nothing.
    of_ids.compaction_options_universal.allow_trivial_move = true;
    return of_ids;
  }
  if (!has_stems(table)) {
    return options;
  }
  rocksdb::Options of_stems = with_small_blocks(options);
  of_stems.prefix_extractor = std::make_shared<StemOfKey>();
  // Each file costs a look, also at a stem that is in none.
  of_stems.level0_file_num_compaction_trigger = 8;
  return of_stems;
}

}  // namespace hapax
