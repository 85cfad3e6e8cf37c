// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/bloom_filter.hpp"
#include "stream/dedup_shard.hpp"
#include "stream/id_merge.hpp"
#include "stream/id_runs.hpp"

namespace hapax {

/// The ids of one checkpoint, unchanging, and what it merges of those of before, so that another
/// thread can write them.
struct FrozenIds {
  using Slot = IdSlot;
  /// Those of one shard.
  struct Part {
    BucketId bucket;
    std::shared_ptr<const DedupShard::Table> ids;
  };
  /// What the parts of a bucket become.
  struct Run {
    BucketId bucket;
    IdRun run;
  };
  /// That of a bucket that takes no more ids. It may have room for far more than came.
  struct Filter {
    BucketId bucket;
    std::shared_ptr<const BloomFilter> filter;
    std::uint64_t capacity;  ///< That it is stored with.
    /// Of that capacity, where it is a smaller one, once add_to() has made it.
    std::shared_ptr<std::optional<BloomFilter>> folded;

    /// Takes some 100 ms where the largest is folded.
    const BloomFilter& to_store() const;
  };

  std::vector<Part> parts;      ///< At most one of a bucket and shard.
  std::vector<Run> runs;        ///< One of each bucket that has parts.
  std::vector<Filter> filters;  ///< Each once, when its bucket is sealed.
  std::vector<IdMerge> merges;  ///< At most one of a bucket.
  std::vector<BucketId> dropped_buckets;

  /// Adds the tables of the buckets, fills the filters of new runs and folds those of buckets.
  /// `store` is as it was before the write; it may be called again after a write that failed.
  /// Errors: kCorrupt; those of the store.
  Result<void> add_to(StateWrite& write, StateStore& store) const;
};

}  // namespace hapax
