// SPDX-License-Identifier: Apache-2.0
#include "stream/dedup_shard.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

/// A table of which fewer than one place in so many was taken is too large to be used again.
constexpr std::size_t kSpareFill = 8;
/// For when one bucket is full and the next begins between two checkpoints.
constexpr std::size_t kSparesMax = 2;

}  // namespace

void DedupShard::prefetch(const Hash128& id) const {
  if (!hot_.empty()) {
    hot_.back().ids->prefetch({{.id = id}});
  }
}

const SeenId* DedupShard::find(BucketId bucket, const Hash128& id) const {
  for (const auto* runs : {&hot_, &frozen_}) {
    for (const Run& run : *runs) {
      if (run.bucket != bucket) {
        continue;
      }
      if (const IdSlot* slot = std::as_const(*run.ids).find({{.id = id}})) {
        return &slot->seen;
      }
    }
  }
  return nullptr;
}

void DedupShard::insert(BucketId bucket, const SeenId& seen) {
  hot_table(bucket).insert({seen});
}

DedupShard::Table& DedupShard::hot_table(BucketId bucket) {
  for (auto run = hot_.rbegin(); run != hot_.rend(); ++run) {
    if (run->bucket == bucket) {
      return *run->ids;
    }
  }
  if (spares_.empty()) {
    spares_.push_back(std::make_shared<Table>(seed_));
  }
  hot_.push_back({bucket, spares_.back()});
  spares_.pop_back();
  if (!frozen_.empty()) {
    hot_.back().ids->reserve(frozen_.back().ids->size());  // Loads change slowly.
  }
  return *hot_.back().ids;
}

std::uint64_t DedupShard::hot_ids(BucketId bucket) const {
  const auto run = std::ranges::find(hot_, bucket, &Run::bucket);
  return run == hot_.end() ? 0 : run->ids->size();
}

std::uint64_t DedupShard::hot_ids() const {
  std::uint64_t ids = 0;
  for (const Run& run : hot_) {
    ids += run.ids->size();
  }
  return ids;
}

/// Where a page of memory that nobody has used before is dear, a table of its own for each
/// checkpoint would be the dearest part of dedup.
void DedupShard::spare_frozen() {
  spares_.reserve(kSparesMax);  // Without memory for it nothing is cleared yet.
  for (const Run& run : frozen_) {
    // The checkpoint has let go of it, and its thread has said so since (CheckpointWriter): the
    // count alone would not order what it read before what is written here.
    const bool is_free = run.ids.use_count() == 1;
    const bool is_filled = kSpareFill * run.ids->size() * sizeof(IdSlot) > run.ids->bytes();
    if (spares_.size() < kSparesMax && is_free && is_filled) {
      spares_.push_back(run.ids);
      run.ids->clear();
    }
  }
}

std::span<const DedupShard::Run> DedupShard::freeze() {
  spare_frozen();
  frozen_ = std::exchange(hot_, {});
  return frozen_;
}

std::uint64_t DedupShard::memory_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto* runs : {&hot_, &frozen_}) {
    for (const Run& run : *runs) {
      bytes += run.ids->bytes();
    }
  }
  for (const std::shared_ptr<Table>& spare : spares_) {
    bytes += spare->bytes();
  }
  return bytes;
}

}  // namespace hapax
