// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/state_store.hpp"
#include "stream/bloom_filter.hpp"
#include "stream/dedup_shard.hpp"
#include "stream/forget_floor.hpp"
#include "stream/frozen_ids.hpp"
#include "stream/id_runs.hpp"
#include "stream/id_table.hpp"

namespace hapax {

struct DedupSettings {
  /// Ids in the window above which stats report window pressure. Nothing is forgotten early.
  std::uint64_t ids_limit = 100'000'000;
  /// Capacities of buckets: a span's first one has room for what the span before had, but beyond
  /// bucket_ids_at_once for a quarter of it, since a filter is in memory from its first id on; the
  /// second for the rest. Each further one is four times the former up to bucket_ids_fourfold, then
  /// half of what the span has, so that for twice the ids there are two more filters to ask. All
  /// are powers of two. A restart reads the ids of the buckets that have several runs.
  std::uint64_t bucket_ids_min = 1U << 18U;
  std::uint64_t bucket_ids_fourfold = 1U << 23U;
  std::uint64_t bucket_ids_at_once = 1U << 25U;
  std::uint64_t bucket_ids_max = 1U << 28U;  ///< Its filter takes half a gigabyte.
  /// Stored ids that a checkpoint merges, if there are as many to merge; a quarter more than its
  /// own where that is more, so that buckets are merged before as many others are full.
  std::uint64_t merged_ids = 1U << 19U;
  /// Ids of small runs that become one.
  std::uint64_t tail_ids_max = 1U << 20U;
  std::uint64_t hash_seed = 0;  ///< Secret; places ids in the table in memory.
  /// Shares of the ids that may be looked up side by side; rounded up to a power of two, as far as
  /// the first bucket has room for. No answer and no stored byte depends on it.
  std::size_t shards = 1;
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

/// The first of its id, or which kind of repetition: the same as the first, another event under its
/// id, or the same event at another time.
enum class Seen { kFirst, kDuplicate, kConflict, kRestamped };

/// Tells the first event of an id from its repetitions, exactly, over a window of received time.
/// Received time is cut into spans of a quarter of the window. An event repeats another of its id
/// if the span of that one ends above its partition's forget floor (forget_floor.hpp), so that it
/// is recognised for at least the window and for less than a quarter more, and whether it is
/// follows from the log alone: not from when a record was read, how partitions took turns, or when
/// the process restarted (C6). Ids are kept in buckets, each of one span. A bucket has a filter in
/// memory and its ids in tables in memory until a checkpoint has put them into the store. A lookup
/// asks the filters of all buckets within reach, so a retry is found whatever edge lies between it
/// and the first try, and whatever timestamp it carries
/// (docs/adr/0001-dedup-by-arrival-buckets.md). No clock is read here.
/// Many ids are looked up as a block: open() for each of their spans, then add_opened(), then
/// settle(). Threading: one owner, but that between open() and settle() each shard may have a
/// thread of its own that calls prefetch() and add_opened() with ids of that shard. Lifetime:
/// `store` must outlive it.
class DedupIndex {
 public:
  DedupIndex(DedupSettings settings, StateStore& store);

  std::size_t shard_count() const { return shards_.size(); }
  std::size_t shard_of(const Hash128& id) const;

  /// Fetches what add() will touch into the cache; call it some events ahead.
  void prefetch(const Hash128& id) const;

  /// Looks `seen` up and remembers it, if it is new, as of `span`, that of its received time.
  /// `floor`: of its partition's ForgetFloor, this event included.
  /// Errors: those of the store; nothing is remembered then.
  Result<Seen> add(SeenId seen, const TimeSpan& span, ProcessingTime floor);

  /// Ids of `span` may be added.
  void open(const TimeSpan& span);
  /// As add().
  Result<Seen> add_opened(SeenId seen, const TimeSpan& span, ProcessingTime floor);
  /// Ends what open() began.
  void settle();

  /// Remembers `seen`, which is known to be the first of its id, as of `span`: between open() and
  /// settle(), without a look-up.
  void remember(SeenId seen, const TimeSpan& span);

  /// Says that no event to come was received before `clock`, or has a floor below `floor`. Changes
  /// no answer, reclaims memory: of buckets below the floor, and, in the store, of the ids of spans
  /// that are over.
  void expire(ProcessingTime clock, ProcessingTime floor);

  /// Takes the ids since the last freeze, which stay in memory and are answered from there, and
  /// says what is merged with them. Call commit() once it is in the store, before the next
  /// freeze(); look-ups find each id while it is written, too.
  FrozenIds freeze();
  void commit();

  /// The buckets as they are now, for the manifest; right after freeze().
  void encode(ByteWriter& out) const;
  /// Where the store has their ids; the same.
  void encode_runs(ByteWriter& out) const;
  /// Continues from a checkpoint; on a new index only. `runs`: what encode_runs() wrote; null, a
  /// program wrote it that made each id a row. Cost: reads the ids of the buckets that still take
  /// some, or are not merged yet. Errors: kCorrupt; those of the store.
  Result<void> restore(ByteReader& in, ByteReader* runs);

  std::uint64_t hot_ids() const;
  DedupStats stats() const;

 private:
  struct Bucket {
    BucketId id;
    std::uint64_t capacity = 0;
    std::uint64_t count = 0;   ///< As of the last settle().
    std::uint64_t frozen = 0;  ///< Of these, as of the last freeze().
    TimeSpan span;
    bool sealed = false;           ///< Takes no more ids.
    bool filter_in_store = false;  ///< Or on the way there.
    std::shared_ptr<BloomFilter> filter;
    /// What takes its place with the next commit(), if it was made: FrozenIds::Filter::folded.
    std::shared_ptr<std::optional<BloomFilter>> folded = nullptr;
    IdRuns stored = {};  ///< As of the last commit().
    std::optional<IdRuns> next =
        {};  ///< As of a freeze() since then: the store has this or `stored`.
  };

  Result<std::optional<std::uint64_t>> find_in(const Bucket& bucket, const Hash128& id,
                                               DedupShard& shard);
  Result<std::optional<std::uint64_t>> find_stored(const Bucket& bucket, const Hash128& id);
  Bucket* find_open(const TimeSpan& span);
  void insert(const SeenId& seen, const TimeSpan& span);
  void settle(Bucket& bucket);
  std::uint64_t hot_ids(BucketId bucket) const;
  static FrozenIds::Filter freeze_filter(Bucket& bucket);
  void freeze(Bucket& bucket, std::uint64_t& merge_budget, FrozenIds& frozen) const;
  std::uint64_t next_capacity(const TimeSpan& span) const;
  std::uint64_t ids_of(const TimeSpan& span) const;
  std::uint64_t ids_before(const TimeSpan& span) const;
  Result<void> restore_filter(Bucket& bucket);
  Result<void> scan(Bucket& bucket, const std::function<void(const SeenId&)>& visit);

  const DedupSettings settings_;
  StateStore& store_;
  std::vector<Bucket> buckets_;  // In the order of their making; at most one unsealed of a span.
  std::uint32_t next_bucket_ = 0;
  std::vector<DedupShard> shards_;
  std::vector<BucketId> expired_;  // Since the last freeze.
};

}  // namespace hapax
