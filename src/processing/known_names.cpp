// SPDX-License-Identifier: Apache-2.0
#include "processing/known_names.hpp"

#include <algorithm>
#include <utility>

#include "bytes/bytes.hpp"
#include "core/text_place.hpp"
#include "core/time_math.hpp"
#include "processing/name_key.hpp"

namespace hapax {
namespace {

constexpr const char* kTable = "names";

constexpr const char* kBegin = "n";  // Of every key.
constexpr const char* kEnd = "o";    // Behind every key.

std::string key_of(std::string_view source, std::uint64_t hash) {
  return std::string(kBegin).append(encode_name_key(source, hash));
}

struct StoredName {
  NameKey key;
  NameDays days = {};
};

std::optional<StoredName> decode(std::string_view key, std::string_view value) {
  std::optional<NameKey> parts = decode_name_key(key.substr(1));
  ByteReader in(value);
  const NameDays days{.first = in.u32(), .last = in.u32()};
  const bool sound = parts && parts->hash != 0 && in.ok() && in.at_end() && 1 <= days.first &&
                     days.first <= days.last;
  return sound ? std::optional(StoredName{.key = std::move(*parts), .days = days}) : std::nullopt;
}

Error damaged() {
  return {ErrorKind::kCorrupt, "the stored names are damaged",
          "remove the state folder to rebuild it from the log"};
}

}  // namespace

void FrozenNames::add_to(StateWrite& write) const {
  if (names.empty() && !dropped) {
    return;
  }
  StateWrite::Table table{.name = kTable, .dropped = dropped};
  for (const Name& name : names) {
    std::string value;
    ByteWriter out(value);
    out.put_u32(name.days.first);
    out.put_u32(name.days.last);
    table.changes.put(name.key, value);
  }
  write.tables.push_back(std::move(table));
}

KnownNames::KnownNames(std::uint64_t new_per_day, const HashKey& key)
    : new_per_day_(new_per_day), hasher_(key) {}

void KnownNames::enforce() {
  enforced_.store(limited(), std::memory_order_release);
}

bool KnownNames::admit(std::string_view source, std::string_view name, ProcessingTime received_at) {
  if (!enforced()) {
    return true;
  }
  const std::uint64_t hash = hasher_.event_name(source, name);
  {
    const Shard& shard = shard_of(hash);
    const ReaderLock lock(shard.mutex);
    if (shard.names.find({.hash = hash}) != nullptr) {
      return true;
    }
  }
  return admit_unknown(source, name, received_at);
}

bool KnownNames::admit_unknown(std::string_view source, std::string_view name,
                               ProcessingTime received_at) {
  const std::uint64_t hash = hasher_.event_name(source, name);
  Shard& shard = shard_of(hash);
  const WriterLock lock(shard.mutex);
  if (shard.names.find({.hash = hash}) != nullptr) {
    return true;
  }
  return take_place(source, received_at) &&
         shard.names.insert({.hash = hash, .first = utc_day(received_at)});
}

/// Counts one more new name, if there may be one.
bool KnownNames::take_place(std::string_view source, ProcessingTime received_at) {
  const MutexLock lock(mutex_);
  auto found = sources_.find(source);
  if (found == sources_.end()) {
    found = sources_.emplace(source, Source()).first;
  }
  std::uint64_t& count = found->second.new_by_day[utc_day(received_at)];
  if (count >= new_per_day_) {
    ++found->second.refused.count;
    found->second.refused.last = received_at;
    return false;
  }
  ++count;
  return true;
}

/// Counts a new name on day `to` that was counted on `from`, 0: not yet. The source, to be kept.
std::string_view KnownNames::move_place(std::string_view source, std::uint32_t from,
                                        std::uint32_t to) {
  const MutexLock lock(mutex_);
  auto found = sources_.find(source);
  if (found == sources_.end()) {
    found = sources_.emplace(source, Source()).first;
  }
  std::map<std::uint32_t, std::uint64_t>& new_by_day = found->second.new_by_day;
  if (from != to) {
    ++new_by_day[to];
    if (const auto before = new_by_day.find(from); before != new_by_day.end()) {
      --before->second;
    }
  }
  return found->first;
}

void KnownNames::learn(std::string_view source, std::string_view name, NameDays days) {
  if (!limited()) {
    return;
  }
  Recent& recent = recent_[text_place(name, recent_.size())];
  if (recent.name == name && recent.source == source && recent.days.first <= days.first &&
      days.last <= recent.days.last) {
    return;
  }
  learn_hash(source, hasher_.event_name(source, name), days);
  recent = {.source = std::string(source), .name = std::string(name), .days = days};
}

/// False when nothing of it was new.
bool KnownNames::learn_hash(std::string_view source, std::uint64_t hash, NameDays days) {
  Shard& shard = shard_of(hash);
  const Name one{.hash = hash, .first = days.first, .last = days.last};
  {
    const ReaderLock lock(shard.mutex);
    const Name* known = std::as_const(shard.names).find(one);
    if (known != nullptr && known->first <= days.first && known->last >= days.last) {
      return false;
    }
  }
  const WriterLock lock(shard.mutex);
  Name* known = shard.names.find(one);
  const Name before = known != nullptr ? *known : Name();
  if (known == nullptr) {
    shard.names.insert(one);
  } else {
    known->first = std::min(known->first, days.first);
    known->last = std::max(known->last, days.last);
  }
  learned_ += before.last == 0 ? 1 : 0;
  const std::uint32_t first = before.vacant() ? days.first : std::min(before.first, days.first);
  unsaved_.push_back({.source = move_place(source, before.first, first), .hash = hash});
  return true;
}

Result<void> KnownNames::restore(StateStore& store, std::uint64_t count) {
  bool sound = true;
  HAPAX_TRY(store.scan(kTable, kBegin, kEnd, [&](std::string_view key, std::string_view value) {
    const std::optional<StoredName> name = decode(key, value);
    sound = name && learn_hash(name->key.source, name->key.hash, name->days);
    return sound;
  }));
  unsaved_.clear();
  return sound && learned_ == count ? Result<void>() : damaged();
}

FrozenNames KnownNames::freeze() {
  FrozenNames frozen{.names = {}, .dropped = std::exchange(drop_, false)};
  frozen.names.reserve(unsaved_.size());
  for (const Learned& learned : std::exchange(unsaved_, {})) {
    Shard& shard = shard_of(learned.hash);
    const ReaderLock lock(shard.mutex);
    const Name* name = std::as_const(shard.names).find({.hash = learned.hash});
    frozen.names.push_back({.key = key_of(learned.source, learned.hash),
                            .days = {.first = name->first, .last = name->last}});
  }
  std::ranges::sort(frozen.names, {}, &FrozenNames::Name::key);
  const auto repeated = std::ranges::unique(frozen.names, {}, &FrozenNames::Name::key);
  frozen.names.erase(repeated.begin(), repeated.end());
  return frozen;
}

NameLimitStats KnownNames::stats() const {
  NameLimitStats stats;
  stats.enforced = enforced();
  for (const Shard& shard : shards_) {
    const ReaderLock lock(shard.mutex);
    stats.known += shard.names.size();
    stats.memory_bytes += shard.names.bytes();
  }
  const MutexLock lock(mutex_);
  for (const auto& [name, source] : sources_) {
    if (source.refused.count > 0) {
      stats.refused.emplace(name, source.refused);
    }
  }
  return stats;
}

}  // namespace hapax
