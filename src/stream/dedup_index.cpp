// SPDX-License-Identifier: Apache-2.0
#include "stream/dedup_index.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/time_math.hpp"

namespace hapax {

namespace {

constexpr std::size_t kFetchedIds = 64;
/// A table of which fewer than one place in so many was taken is too large to be used again.
constexpr std::size_t kSpareFill = 8;

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

}  // namespace

DedupIndex::DedupIndex(DedupSettings settings, StateStore& store)
    : settings_(settings), store_(store) {}

void DedupIndex::prefetch(const Hash128& id) const {
  for (const Bucket& bucket : buckets_) {
    bucket.filter->prefetch(id);
  }
  if (!hot_.empty()) {
    hot_.back().ids->prefetch({{.id = id}});
  }
}

Result<Seen> DedupIndex::add(SeenId seen, const TimeSpan& span, ProcessingTime floor) {
  seen.id = occupied(seen.id);
  // As far ahead as back, so that of two tries in two partitions either may be read first.
  const ProcessingTime ceiling = saturating_add(span.to, kSpansPerWindow * (span.to - span.from));
  for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket) {
    if (bucket->span.to <= floor || bucket->span.from >= ceiling) {
      continue;
    }
    ++counters_.filter_probes;
    if (!bucket->filter->maybe(seen.id)) {
      continue;
    }
    ++counters_.filter_maybes;
    HAPAX_ASSIGN(const std::optional<std::uint64_t> content, find_in(*bucket, seen.id));
    if (content) {
      return repetition(*content, seen.content);
    }
    ++counters_.false_positives;
  }
  insert(seen, span);
  return Seen::kFirst;
}

void DedupIndex::remember(SeenId seen, const TimeSpan& span) {
  seen.id = occupied(seen.id);
  insert(seen, span);
}

Result<std::optional<std::uint64_t>> DedupIndex::find_in(const Bucket& bucket, const Hash128& id) {
  for (const auto* runs : {&hot_, &frozen_}) {
    for (const HotRun& run : *runs) {
      if (run.bucket != bucket.id) {
        continue;
      }
      if (const FrozenIds::Slot* slot = run.ids->find({{.id = id}})) {
        ++counters_.found_in_memory;
        return std::optional(slot->seen.content);
      }
    }
  }
  if (!bucket.in_store) {
    return std::optional<std::uint64_t>();
  }
  HAPAX_ASSIGN(std::optional<std::uint64_t> content, find_id(store_, bucket.id, id));
  counters_.found_in_store += content ? 1 : 0;
  return content;
}

void DedupIndex::insert(const SeenId& seen, const TimeSpan& span) {
  Bucket& bucket = bucket_for_insert(span);
  bucket.filter->add(seen.id);
  ++bucket.count;
  bucket.sealed = bucket.count == bucket.capacity;
  hot_table(bucket.id).insert({seen});
  ++hot_ids_;
}

DedupIndex::Bucket& DedupIndex::bucket_for_insert(const TimeSpan& span) {
  for (auto bucket = buckets_.rbegin(); bucket != buckets_.rend(); ++bucket) {
    if (!bucket->sealed && bucket->span == span) {
      return *bucket;
    }
  }
  const std::uint64_t capacity = next_capacity();
  buckets_.push_back({.id = BucketId(next_bucket_++),
                      .capacity = capacity,
                      .span = span,
                      .filter = std::make_shared<BloomFilter>(capacity)});
  return buckets_.back();
}

std::uint64_t DedupIndex::next_capacity() const {
  if (buckets_.empty()) {
    return settings_.bucket_ids_min;
  }
  const Bucket& last = buckets_.back();
  if (last.count == last.capacity) {
    return std::min(last.capacity * 4, settings_.bucket_ids_max);
  }
  std::uint64_t capacity = settings_.bucket_ids_min;
  while (capacity < last.count) {
    capacity *= 4;
  }
  return std::min(capacity, settings_.bucket_ids_max);
}

DedupIndex::Table& DedupIndex::hot_table(BucketId bucket) {
  for (auto run = hot_.rbegin(); run != hot_.rend(); ++run) {
    if (run->bucket == bucket) {
      return *run->ids;
    }
  }
  std::shared_ptr<Table> table = std::exchange(spare_, nullptr);
  hot_.push_back({bucket, table ? table : std::make_shared<Table>(settings_.hash_seed)});
  if (!frozen_.empty()) {
    hot_.back().ids->reserve(frozen_.back().ids->size());  // Loads change slowly.
  }
  return *hot_.back().ids;
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

/// Where a page of memory that nobody has used before is dear, a table of its own for each
/// checkpoint would be the dearest part of dedup.
void DedupIndex::spare_frozen() {
  for (HotRun& run : frozen_) {
    const bool is_free = run.ids.use_count() == 1;  // The checkpoint has let go of it.
    const bool is_filled =
        kSpareFill * run.ids->size() * sizeof(FrozenIds::Slot) > run.ids->bytes();
    if (!spare_ && is_free && is_filled) {
      spare_ = std::move(run.ids);
      spare_->clear();
    }
  }
}

FrozenIds DedupIndex::freeze() {
  spare_frozen();
  frozen_ = std::exchange(hot_, {});
  hot_ids_ = 0;
  FrozenIds frozen{.runs = {}, .filters = {}, .dropped_buckets = std::exchange(expired_, {})};
  for (Bucket& bucket : buckets_) {
    if (bucket.sealed && !bucket.filter_in_store) {
      frozen.filters.push_back({bucket.id, bucket.filter});
      bucket.filter_in_store = true;
    }
  }
  for (const HotRun& run : frozen_) {
    if (std::ranges::binary_search(buckets_, run.bucket, {}, &Bucket::id)) {
      frozen.runs.push_back({run.bucket, run.ids});
    }
  }
  return frozen;
}

void DedupIndex::commit() {
  for (Bucket& bucket : buckets_) {
    bucket.in_store = bucket.in_store || std::ranges::any_of(frozen_, [&](const HotRun& run) {
                        return run.bucket == bucket.id;
                      });
  }
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

Result<void> DedupIndex::restore(ByteReader& in) {
  next_bucket_ = in.u32();
  const std::uint32_t bucket_count = in.u32();
  for (std::uint32_t i = 0; i < bucket_count && in.ok(); ++i) {
    Bucket bucket;
    bucket.id = BucketId(in.u32());
    bucket.capacity = in.u64();
    bucket.count = in.u64();
    bucket.span.from = in.processing_time();
    bucket.span.to = in.processing_time();
    bucket.sealed = in.u8() != 0;
    bucket.filter_in_store = bucket.sealed;
    bucket.in_store = true;
    HAPAX_TRY(restore_filter(bucket));
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
  if (bucket.sealed) {
    HAPAX_ASSIGN(const std::string encoded, find_filter(store_, bucket.id));
    HAPAX_ASSIGN(bucket.filter, BloomFilter::decode(encoded, bucket.capacity));
    return {};
  }
  bucket.filter = std::make_shared<BloomFilter>(bucket.capacity);
  std::uint64_t found = 0;
  std::vector<Hash128> fetched;  // Each add is a cache miss, hidden behind reading the next ids.
  const auto add_fetched = [&] {
    for (const Hash128& id : fetched) {
      bucket.filter->add(id);
    }
    found += fetched.size();
    fetched.clear();
  };
  HAPAX_TRY(scan_ids(store_, bucket.id, [&](const SeenId& seen) {
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

DedupStats DedupIndex::stats() const {
  DedupStats stats = counters_;
  stats.hot_ids = hot_ids_;
  stats.buckets = buckets_.size();
  for (const Bucket& bucket : buckets_) {
    stats.ids += bucket.count;
    stats.filter_bytes += bucket.filter->bytes();
  }
  stats.memory_bytes = stats.filter_bytes;
  for (const auto* runs : {&hot_, &frozen_}) {
    for (const HotRun& run : *runs) {
      stats.memory_bytes += run.ids->bytes();
    }
  }
  stats.window_pressure = stats.ids > settings_.ids_limit;
  return stats;
}

void FrozenIds::add_to(StateWrite& write) const {
  std::map<BucketId, StateWrite::Table> tables;
  for (const Run& run : runs) {
    std::vector<SeenId> ids;
    ids.reserve(run.ids->size());
    run.ids->for_each([&](const Slot& slot) { ids.push_back(slot.seen); });
    std::ranges::sort(ids, {}, &SeenId::id);
    put_ids(ids, tables[run.bucket].changes);
  }
  for (const Filter& filter : filters) {
    put_filter(filter.filter->encode(), tables[filter.bucket].changes);
  }
  for (const BucketId bucket : dropped_buckets) {
    tables[bucket].dropped = true;
  }
  for (auto& [bucket, table] : tables) {
    table.name = ids_table(bucket);
    write.tables.push_back(std::move(table));
  }
}

}  // namespace hapax
