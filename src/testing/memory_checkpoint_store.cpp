#include "testing/memory_checkpoint_store.hpp"

#include <algorithm>

namespace hapax {

Result<void> MemoryCheckpointStore::write(const Checkpoint& checkpoint) {
  if (write_error_) {
    return *write_error_;
  }
  meta_ = checkpoint.meta;
  for (const Checkpoint::StoredCell& cell : checkpoint.cells) {
    cells_[cell.key] = cell.value;
  }
  for (const Checkpoint::Run& run : checkpoint.runs) {
    for (const SeenId& seen : run.ids) {
      buckets_[run.bucket].ids[seen.id] = seen.content;
    }
  }
  for (const Checkpoint::Filter& filter : checkpoint.filters) {
    buckets_[filter.bucket].filter = filter.bytes;
  }
  std::erase_if(buckets_, [&](const auto& bucket) {
    return std::ranges::find(checkpoint.live_buckets, bucket.first) ==
           checkpoint.live_buckets.end();
  });
  return {};
}

Result<std::optional<std::uint64_t>> MemoryCheckpointStore::find_id(BucketId bucket,
                                                                    const Hash128& id) {
  if (lookup_error_) {
    return *lookup_error_;
  }
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) {
    return Error{ErrorKind::kCorrupt, "no bucket " + std::to_string(bucket.value())};
  }
  const auto content = found->second.ids.find(id);
  if (content == found->second.ids.end()) {
    return std::optional<std::uint64_t>();
  }
  return std::optional(content->second);
}

Result<void> MemoryCheckpointStore::scan_ids(BucketId bucket, const IdStore::Visit& visit) {
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) {
    return Error{ErrorKind::kCorrupt, "no bucket " + std::to_string(bucket.value())};
  }
  for (const auto& [id, content] : found->second.ids) {
    visit({.id = id, .content = content});
  }
  return {};
}

Result<std::string> MemoryCheckpointStore::filter(BucketId bucket) {
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end() || !found->second.filter) {
    return Error{ErrorKind::kCorrupt, "no filter of bucket " + std::to_string(bucket.value())};
  }
  return *found->second.filter;
}

Result<std::optional<std::string>> MemoryCheckpointStore::find_cell(std::string_view key) {
  if (cell_error_) {
    return *cell_error_;
  }
  const auto found = cells_.find(key);
  if (found == cells_.end()) {
    return std::optional<std::string>();
  }
  return std::optional(found->second);
}

Result<void> MemoryCheckpointStore::scan_cells(std::string_view from, std::string_view to,
                                               const CellStore::Visit& visit) {
  for (auto cell = cells_.lower_bound(from); cell != cells_.end() && cell->first < to; ++cell) {
    if (!visit(cell->first, cell->second)) {
      break;
    }
  }
  return {};
}

}  // namespace hapax
