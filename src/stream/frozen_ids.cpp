// SPDX-License-Identifier: Apache-2.0
#include "stream/frozen_ids.hpp"

#include <array>
#include <map>
#include <string>
#include <utility>

#include "stream/sort_ids.hpp"

namespace hapax {

const BloomFilter& FrozenIds::Filter::to_store() const {
  if (capacity == filter->capacity()) {
    return *filter;
  }
  if (!*folded) {
    folded->emplace(filter->folded(capacity));
  }
  return **folded;
}

// Keys of a table ascend: a merged run has a lower number than the new one, a filter comes last.
Result<void> FrozenIds::add_to(StateWrite& write, StateStore& store) const {
  std::map<std::string, StateWrite::Table> tables;
  for (const IdMerge& merge : merges) {
    HAPAX_TRY(merge.add_to(tables, store));
  }
  for (const Run& run : runs) {
    std::vector<std::shared_ptr<const DedupShard::Table>> of_bucket;
    for (const Part& part : parts) {
      if (part.bucket == run.bucket) {
        of_bucket.push_back(part.ids);
      }
    }
    const std::array<std::vector<SeenId>, 1> sorted{sorted_ids(of_bucket)};
    for (const SeenId& seen : sorted[0]) {
      run.run.filter->add(seen.id);
    }
    put_pages(sorted, IdPages::of_run(run.bucket, run.run), tables[runs_table(run.bucket)].changes);
  }
  for (const Filter& filter : filters) {
    put_filter(filter.to_store(), tables[ids_table(filter.bucket)].changes);
  }
  for (const BucketId bucket : dropped_buckets) {
    tables[ids_table(bucket)].dropped = true;
    tables[runs_table(bucket)].dropped = true;
  }
  for (auto& [name, table] : tables) {
    table.name = name;
    write.tables.push_back(std::move(table));
  }
  return {};
}

}  // namespace hapax
