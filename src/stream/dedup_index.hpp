#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/checkpoint_store.hpp"
#include "stream/bloom_filter.hpp"
#include "stream/bytes.hpp"
#include "stream/flat_table.hpp"

namespace hapax {

struct DedupSettings {
  /// A retry that is received within this time after the first try is recognised.
  Microseconds window = std::chrono::hours(24 * 7);
  /// Ids in the window above which stats report window pressure. Nothing is forgotten early.
  std::uint64_t ids_limit = 100'000'000;
  std::uint64_t bucket_ids_min = 1U << 18U;  ///< Capacity of the first bucket; a power of two.
  std::uint64_t bucket_ids_max = 1U << 24U;  ///< Capacities grow fourfold up to it.
  std::uint64_t hash_seed = 0;               ///< Secret; places ids in the table in memory.
};

struct DedupStats {
  std::uint64_t hot_ids = 0;  ///< In memory only: not yet in a checkpoint.
  std::uint64_t ids = 0;      ///< All that are recognised.
  std::uint64_t buckets = 0;
  std::uint64_t memory_bytes = 0;  ///< Tables and filters.
  std::uint64_t filter_bytes = 0;
  std::uint64_t filter_probes = 0;
  std::uint64_t filter_maybes = 0;
  std::uint64_t false_positives = 0;
  std::uint64_t found_in_memory = 0;
  std::uint64_t found_in_store = 0;
  bool window_pressure = false;
};

enum class Seen { kFirst, kDuplicate, kConflict };

/// The ids of one checkpoint, unchanging, so that another thread can write them.
struct FrozenIds {
  struct Slot {
    SeenId seen;

    bool vacant() const { return seen.id == Hash128{}; }
    bool same_key(const Slot& other) const { return seen.id == other.seen.id; }
    std::uint64_t key_bits() const { return seen.id.high; }
  };
  struct Run {
    BucketId bucket;
    std::shared_ptr<const FlatTable<Slot>> ids;
  };
  struct Filter {
    BucketId bucket;
    std::shared_ptr<const BloomFilter> filter;
  };

  std::vector<Run> runs;
  std::vector<Filter> filters;
  std::vector<BucketId> live_buckets;

  std::vector<Checkpoint::Run> sorted_runs() const;
  std::vector<Checkpoint::Filter> encoded_filters() const;
};

/// Tells the first event of an id from its repetitions, exactly, over a window of received time.
/// Ids are kept in buckets in the order in which they arrive. Each bucket has a filter in memory
/// and its ids in tables in memory until a checkpoint has put them into the store. A lookup asks
/// the filters of all live buckets, so a retry is found whatever edge lies between it and the first
/// try, and whatever timestamp it carries (docs/adr/0001-dedup-by-arrival-buckets.md).
/// A bucket is dropped when its newest id is older than the window. No clock is read here.
/// Threading: one owner. Lifetime: `store` must outlive it.
class DedupIndex {
 public:
  DedupIndex(DedupSettings settings, IdStore& store);

  /// Fetches what add() will touch into the cache; call it some events ahead.
  void prefetch(const Hash128& id) const;

  /// Looks `seen` up and remembers it if it is new. `received_at` never goes down for the events of
  /// one partition (reliability row 32). Errors: those of the store; nothing is remembered then.
  Result<Seen> add(SeenId seen, ProcessingTime received_at);

  /// Drops the buckets that no event received at or after `clock` can be a retry of.
  void expire(ProcessingTime clock);

  /// Takes the ids since the last freeze. They stay in memory, and are answered from there.
  /// Call commit() once they are in the store, before the next freeze().
  FrozenIds freeze();
  void commit();

  /// The buckets as they are now, for the checkpoint's meta; right after freeze().
  void encode(ByteWriter& out) const;
  /// Continues from a checkpoint; on a new index only. Cost: reads the newest bucket's ids.
  /// Errors: kCorrupt; those of the store.
  Result<void> restore(ByteReader& in);

  std::uint64_t hot_ids() const { return hot_ids_; }
  DedupStats stats() const;

 private:
  using Table = FlatTable<FrozenIds::Slot>;
  struct Bucket {
    BucketId id;
    std::uint64_t capacity = 0;
    std::uint64_t count = 0;
    ProcessingTime oldest;
    ProcessingTime newest;
    bool sealed = false;
    bool in_store = false;         ///< Some of its ids are.
    bool filter_in_store = false;  ///< Or on the way there.
    std::shared_ptr<BloomFilter> filter;
  };
  struct HotRun {
    BucketId bucket;
    std::shared_ptr<Table> ids;
  };

  Result<std::optional<std::uint64_t>> find_in(const Bucket& bucket, const Hash128& id);
  Bucket& bucket_for_insert(ProcessingTime received_at);
  Table& hot_table(BucketId bucket);
  void insert(const SeenId& seen, ProcessingTime received_at);
  std::uint64_t next_capacity() const;
  Result<void> restore_filter(Bucket& bucket);

  const DedupSettings settings_;
  IdStore& store_;
  std::vector<Bucket> buckets_;  // Oldest first; only the last may be unsealed.
  std::uint32_t next_bucket_ = 0;
  std::vector<HotRun> hot_;     // Since the last freeze.
  std::vector<HotRun> frozen_;  // Of the last freeze; kept after commit, where young retries hit.
  std::uint64_t hot_ids_ = 0;
  DedupStats counters_;
};

}  // namespace hapax
