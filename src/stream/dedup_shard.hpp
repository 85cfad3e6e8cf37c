// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "stream/flat_table.hpp"
#include "stream/id_table.hpp"

namespace hapax {

/// An id in memory.
struct IdSlot {
  SeenId seen;

  bool vacant() const { return seen.id == Hash128{}; }
  bool same_key(const IdSlot& other) const { return seen.id == other.seen.id; }
  std::uint64_t key_bits(std::uint64_t factor) const { return seen.id.low * factor + seen.id.high; }
};

/// Of the ids of one share of all hashes those that are in memory: by bucket, since the last freeze
/// and of it. Aligned, so that shards beside each other share no cache line.
/// Threading: one owner at a time; other shards may be at work meanwhile.
class alignas(64) DedupShard {
 public:
  using Table = FlatTable<IdSlot>;
  struct Run {
    BucketId bucket;
    std::shared_ptr<Table> ids;
  };
  /// Since the start.
  struct Counters {
    std::uint64_t filter_probes = 0;
    std::uint64_t filter_maybes = 0;
    std::uint64_t false_positives = 0;
    std::uint64_t found_in_memory = 0;
    std::uint64_t found_in_store = 0;
  };

  /// `seed`: of the tables.
  explicit DedupShard(std::uint64_t seed) : seed_(seed) {}

  void prefetch(const Hash128& id) const;
  /// Null when it is not in memory.
  const SeenId* find(BucketId bucket, const Hash128& id) const;
  /// `seen` is not in `bucket`.
  void insert(BucketId bucket, const SeenId& seen);

  /// Those of `bucket` that came since the last freeze; of all buckets.
  std::uint64_t hot_ids(BucketId bucket) const;
  std::uint64_t hot_ids() const;

  /// What came since the last freeze. It stays, and is found, until the next.
  std::span<const Run> freeze();

  std::uint64_t memory_bytes() const;
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }

 private:
  Table& hot_table(BucketId bucket);
  void spare_frozen();

  std::uint64_t seed_;
  std::vector<Run> hot_;                        // Since the last freeze; one of a bucket.
  std::vector<Run> frozen_;                     // Of the last freeze; where young retries hit.
  std::vector<std::shared_ptr<Table>> spares_;  // Empty ones, for the next runs.
  Counters counters_;
};

}  // namespace hapax
