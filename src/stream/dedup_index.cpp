// SPDX-License-Identifier: Apache-2.0
#include "stream/dedup_index.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/time_math.hpp"

namespace hapax {

namespace {

constexpr std::size_t kFetchedIds = 64;

Seen repetition(std::uint64_t first, std::uint64_t now) {
  if (first == now) {
    return Seen::kDuplicate;
  }
  return SeenId::same_content(first, now) ? Seen::kRestamped : Seen::kConflict;
}

/// All zeros mark a vacant slot.
Hash128 occupied(Hash128 id) {
  id.low = id == Hash128{} ? 1 : id.low;
  return id;
}

/// Shards must share no block of a filter: which one an id is in, its lowest bits say.
std::size_t shards_for(const DedupSettings& settings) {
  const std::uint64_t blocks = settings.bucket_ids_min / BloomFilter::kIdsPerBlock;
  return std::min(std::bit_ceil(std::max<std::uint64_t>(settings.shards, 1)),
                  std::max<std::uint64_t>(blocks, 1));
}

}  // namespace

DedupIndex::DedupIndex(DedupSettings settings, StateStore& store)
    : settings_(settings),
      store_(store),
      shards_(shards_for(settings), DedupShard(settings.hash_seed)) {}

std::size_t DedupIndex::shard_of(const Hash128& id) const {
  return BloomBits::block_bits(occupied(id)) & (shards_.size() - 1);
}

void DedupIndex::prefetch(const Hash128& id) const {
  for (const Bucket& bucket : buckets_) {
    bucket.filter->prefetch(id);
  }
  shards_[shard_of(id)].prefetch(id);
}

Result<Seen> DedupIndex::add(SeenId seen, const TimeSpan& span, ProcessingTime floor) {
  open(span);
  HAPAX_ASSIGN(const Seen outcome, add_opened(seen, span, floor));
  settle(*find_open(span));
  return outcome;
}

Result<Seen> DedupIndex::add_opened(SeenId seen, const TimeSpan& span, ProcessingTime floor) {
  DedupShard& shard = shards_[shard_of(seen.id)];
  seen.id = occupied(seen.id);
  const BloomBits bits(seen.id);
  // As far ahead as back, so that of two tries in two partitions either may be read first.
  const ProcessingTime ceiling = saturating_add(span.to, kSpansPerWindow * (span.to - span.from));
  for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket) {
    if (bucket->span.to <= floor || bucket->span.from >= ceiling) {
      continue;
    }
    ++shard.counters().filter_probes;
    if (!bucket->filter->maybe(bits)) {
      continue;
    }
    ++shard.counters().filter_maybes;
    HAPAX_ASSIGN(const std::optional<std::uint64_t> content, find_in(*bucket, seen.id, shard));
    if (content) {
      return repetition(*content, seen.content);
    }
    ++shard.counters().false_positives;
  }
  insert(seen, span);
  return Seen::kFirst;
}

void DedupIndex::remember(SeenId seen, const TimeSpan& span) {
  seen.id = occupied(seen.id);
  insert(seen, span);
}

Result<std::optional<std::uint64_t>> DedupIndex::find_in(const Bucket& bucket, const Hash128& id,
                                                         DedupShard& shard) {
  if (const SeenId* seen = shard.find(bucket.id, id)) {
    ++shard.counters().found_in_memory;
    return std::optional(seen->content);
  }
  HAPAX_ASSIGN(const std::optional<std::uint64_t> content, find_stored(bucket, id));
  shard.counters().found_in_store += content ? 1 : 0;
  return content;
}

// What is merged moves while we look. It is where it was before until it is where it will be, so
// asked in this order one of both has it.
Result<std::optional<std::uint64_t>> DedupIndex::find_stored(const Bucket& bucket,
                                                             const Hash128& id) {
  HAPAX_ASSIGN(const std::optional<std::uint64_t> content,
               find_id(store_, bucket.id, bucket.stored, id));
  return content || !bucket.next ? content
                                 : find_moved(store_, bucket.id, bucket.stored, *bucket.next, id);
}

void DedupIndex::insert(const SeenId& seen, const TimeSpan& span) {
  Bucket& bucket = *find_open(span);
  bucket.filter->add(seen.id);
  shards_[shard_of(seen.id)].insert(bucket.id, seen);
}

DedupIndex::Bucket* DedupIndex::find_open(const TimeSpan& span) {
  for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket) {
    if (!bucket->sealed && bucket->span == span) {
      return &*bucket;
    }
  }
  return nullptr;
}

void DedupIndex::open(const TimeSpan& span) {
  if (find_open(span) == nullptr) {
    const std::uint64_t capacity = next_capacity(span);
    buckets_.push_back({.id = BucketId(next_bucket_++),
                        .capacity = capacity,
                        .span = span,
                        .filter = std::make_shared<BloomFilter>(capacity)});
  }
}

void DedupIndex::settle() {
  for (Bucket& bucket : buckets_) {
    if (!bucket.sealed) {
      settle(bucket);
    }
  }
}

// A block may have filled it somewhat beyond its capacity.
void DedupIndex::settle(Bucket& bucket) {
  bucket.count = bucket.frozen + hot_ids(bucket.id);
  bucket.sealed = bucket.count >= bucket.capacity;
}

std::uint64_t DedupIndex::next_capacity(const TimeSpan& span) const {
  const std::uint64_t ids = ids_of(span);
  const std::uint64_t before = ids_before(span);
  std::uint64_t wanted = std::max(std::min(std::bit_floor(4 * ids), settings_.bucket_ids_fourfold),
                                  std::bit_floor(ids / 2));
  if (ids == 0) {
    const std::uint64_t all = std::bit_ceil(before);
    wanted = std::min(all, std::max(all / 4, settings_.bucket_ids_at_once));
  } else if (ids < before) {
    wanted = std::max(wanted, std::min(std::bit_ceil(before - ids), std::bit_floor(4 * ids)));
  }
  return std::clamp(wanted, settings_.bucket_ids_min, settings_.bucket_ids_max);
}

/// Of the nearest span before it that has any.
std::uint64_t DedupIndex::ids_before(const TimeSpan& span) const {
  std::optional<TimeSpan> nearest;
  for (const Bucket& bucket : buckets_) {
    if (bucket.span.to <= span.from && (!nearest || nearest->to < bucket.span.to)) {
      nearest = bucket.span;
    }
  }
  return nearest ? ids_of(*nearest) : 0;
}

std::uint64_t DedupIndex::ids_of(const TimeSpan& span) const {
  std::uint64_t ids = 0;
  for (const Bucket& bucket : buckets_) {
    ids += bucket.span == span ? bucket.count : 0;
  }
  return ids;
}

void DedupIndex::expire(ProcessingTime clock, ProcessingTime floor) {
  std::erase_if(buckets_, [&](const Bucket& bucket) {
    const bool expired = bucket.span.to <= floor;
    if (expired) {
      expired_.push_back(bucket.id);
    }
    return expired;
  });
  for (Bucket& bucket : buckets_) {
    bucket.sealed = bucket.sealed || bucket.span.to <= clock;
  }
}

FrozenIds DedupIndex::freeze() {
  FrozenIds frozen{.parts = {},
                   .runs = {},
                   .filters = {},
                   .merges = {},
                   .dropped_buckets = std::exchange(expired_, {})};
  std::uint64_t budget = std::max(hot_ids() + hot_ids() / 4, settings_.merged_ids);
  for (Bucket& bucket : buckets_) {
    freeze(bucket, budget, frozen);
  }
  for (DedupShard& shard : shards_) {
    for (const DedupShard::Run& run : shard.freeze()) {
      if (std::ranges::binary_search(buckets_, run.bucket, {}, &Bucket::id)) {
        frozen.parts.push_back({run.bucket, run.ids});
      }
    }
  }
  return frozen;
}

/// A span that is over leaves its last bucket with room that no id comes for any more.
FrozenIds::Filter DedupIndex::freeze_filter(Bucket& bucket) {
  const std::uint64_t needed = std::bit_ceil(std::max(bucket.count, BloomFilter::kIdsPerBlock));
  bucket.capacity = std::min(bucket.capacity, needed);
  bucket.folded = std::make_shared<std::optional<BloomFilter>>();
  bucket.filter_in_store = true;
  return {.bucket = bucket.id,
          .filter = bucket.filter,
          .capacity = bucket.capacity,
          .folded = bucket.folded};
}

void DedupIndex::freeze(Bucket& bucket, std::uint64_t& merge_budget, FrozenIds& frozen) const {
  if (bucket.sealed && !bucket.filter_in_store) {
    frozen.filters.push_back(freeze_filter(bucket));
  }
  bucket.frozen = bucket.count;
  const std::uint64_t new_ids = hot_ids(bucket.id);
  IdRuns& next = bucket.next.emplace(bucket.stored);
  std::optional<IdMerge> merge;
  if (!bucket.sealed) {
    merge = merge_tail(bucket.id, next, settings_.tail_ids_max);
  } else if (new_ids == 0) {
    merge = merge_slices(bucket.id, bucket.count, next, merge_budget);
  }
  if (merge) {
    frozen.merges.push_back(std::move(*merge));
  }
  if (new_ids > 0) {
    next.runs.push_back(make_run(next.next_run++, new_ids));
    frozen.runs.push_back({bucket.id, next.runs.back()});
  }
}

void DedupIndex::commit() {
  for (Bucket& bucket : buckets_) {
    if (bucket.next) {
      bucket.stored = *std::exchange(bucket.next, std::nullopt);
    }
    if (const auto folded = std::exchange(bucket.folded, nullptr); folded && *folded) {
      bucket.filter = std::shared_ptr<BloomFilter>(folded, &**folded);
    }
  }
}

std::uint64_t DedupIndex::hot_ids(BucketId bucket) const {
  std::uint64_t ids = 0;
  for (const DedupShard& shard : shards_) {
    ids += shard.hot_ids(bucket);
  }
  return ids;
}

std::uint64_t DedupIndex::hot_ids() const {
  std::uint64_t ids = 0;
  for (const DedupShard& shard : shards_) {
    ids += shard.hot_ids();
  }
  return ids;
}

void DedupIndex::encode(ByteWriter& out) const {
  out.put_u32(next_bucket_);
  out.put_u32(static_cast<std::uint32_t>(buckets_.size()));
  for (const Bucket& bucket : buckets_) {
    out.put_u32(bucket.id.value());
    out.put_u64(bucket.capacity);
    out.put_u64(bucket.count);
    out.put_time(bucket.span.from);
    out.put_time(bucket.span.to);
    out.put_u8(bucket.sealed ? 1 : 0);
  }
}

void DedupIndex::encode_runs(ByteWriter& out) const {
  for (const Bucket& bucket : buckets_) {
    (bucket.next ? *bucket.next : bucket.stored).encode(out);
  }
}

Result<void> DedupIndex::restore(ByteReader& in, ByteReader* runs) {
  next_bucket_ = in.u32();
  const std::uint32_t bucket_count = in.u32();
  for (std::uint32_t i = 0; i < bucket_count && in.ok(); ++i) {
    Bucket bucket;
    bucket.id = BucketId(in.u32());
    bucket.capacity = in.u64();
    bucket.count = in.u64();
    bucket.frozen = bucket.count;
    bucket.span.from = in.processing_time();
    bucket.span.to = in.processing_time();
    bucket.sealed = in.u8() != 0;
    bucket.filter_in_store = bucket.sealed;
    bucket.stored.by_row = true;
    if (runs != nullptr) {
      HAPAX_ASSIGN(bucket.stored, IdRuns::decode(*runs, bucket.count));
    }
    HAPAX_TRY(restore_filter(bucket));
    // Ids to come are in runs, and in filters with a block for each shard.
    bucket.sealed = bucket.sealed || bucket.stored.by_row ||
                    bucket.capacity < shards_.size() * BloomFilter::kIdsPerBlock;
    buckets_.push_back(std::move(bucket));
  }
  return {};
}

Result<void> DedupIndex::restore_filter(Bucket& bucket) {
  constexpr std::uint64_t kCapacityMax = std::uint64_t{1} << 32U;
  if (!std::has_single_bit(bucket.capacity) || bucket.capacity < 32 ||
      bucket.capacity > kCapacityMax) {
    return Error{ErrorKind::kCorrupt,
                 "dedup bucket with a capacity of " + std::to_string(bucket.capacity)};
  }
  bucket.filter = std::make_shared<BloomFilter>(bucket.capacity);
  if (bucket.sealed) {
    HAPAX_TRY(read_filter(store_, bucket.id, *bucket.filter));
    return bucket.stored.runs.size() < 2 ? Result<void>() : scan(bucket, [](const SeenId&) {});
  }
  std::uint64_t found = 0;
  std::vector<Hash128> fetched;  // Each add is a cache miss, hidden behind reading the next ids.
  const auto add_fetched = [&] {
    for (const Hash128& id : fetched) {
      bucket.filter->add(id);
    }
    found += fetched.size();
    fetched.clear();
  };
  HAPAX_TRY(scan(bucket, [&](const SeenId& seen) {
    bucket.filter->prefetch(seen.id);
    fetched.push_back(seen.id);
    if (fetched.size() == kFetchedIds) {
      add_fetched();
    }
  }));
  add_fetched();
  if (found != bucket.count) {
    return Error{ErrorKind::kCorrupt, "dedup bucket " + std::to_string(bucket.id.value()) +
                                          " holds " + std::to_string(found) + " ids instead of " +
                                          std::to_string(bucket.count)};
  }
  return {};
}

/// Fills the filters of its runs.
Result<void> DedupIndex::scan(Bucket& bucket, const std::function<void(const SeenId&)>& visit) {
  for (IdRun& run : bucket.stored.runs) {
    run = make_run(run.number, run.ids);
    HAPAX_TRY(scan_run(store_, bucket.id, run, [&](const SeenId& seen) {
      run.filter->add(seen.id);
      visit(seen);
    }));
  }
  return bucket.stored.by_row && !bucket.sealed ? scan_ids(store_, bucket.id, visit)
                                                : Result<void>();
}

DedupStats DedupIndex::stats() const {
  DedupStats stats{.hot_ids = hot_ids(), .buckets = buckets_.size()};
  for (const Bucket& bucket : buckets_) {
    stats.ids += bucket.count;
    stats.filter_bytes += bucket.filter->bytes();
    for (const IdRun& run : bucket.stored.runs) {
      stats.filter_bytes += run.filter ? run.filter->bytes() : 0;
    }
  }
  stats.memory_bytes = stats.filter_bytes;
  for (const DedupShard& shard : shards_) {
    stats.memory_bytes += shard.memory_bytes();
    stats.filter_probes += shard.counters().filter_probes;
    stats.filter_maybes += shard.counters().filter_maybes;
    stats.false_positives += shard.counters().false_positives;
    stats.found_in_memory += shard.counters().found_in_memory;
    stats.found_in_store += shard.counters().found_in_store;
  }
  stats.window_pressure = stats.ids > settings_.ids_limit;
  return stats;
}

}  // namespace hapax
