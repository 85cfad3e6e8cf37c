// SPDX-License-Identifier: Apache-2.0
#include "sim_states.hpp"

#include <algorithm>
#include <utility>

#include "bytes/bytes.hpp"
#include "hash/mix64.hpp"

namespace hapax::sim {
namespace {

constexpr const char* kCounts = "counts";

}  // namespace

std::string encode_event(const SimEvent& event) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u64(event.id);
  out.put_u32(event.key);
  out.put_u32(event.number);
  out.put_u32(event.content);
  out.put_time(event.received_at);
  return bytes;
}

SimEvent decode_event(std::string_view bytes) {
  ByteReader in(bytes);
  SimEvent event{.id = in.u64(), .key = in.u32(), .number = in.u32(), .content = in.u32()};
  event.received_at = in.processing_time();
  return event;
}

Hash128 hash_of(std::uint64_t id) {
  return {.low = mix64(2 * id + 1), .high = mix64(~id)};
}

std::string encode_count(const KeyCount& count) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u64(count.count);
  out.put_digest(count.digest);
  return bytes;
}

KeyCount decode_count(std::string_view bytes) {
  ByteReader in(bytes);
  KeyCount count{.count = in.u64(), .digest = {}};
  count.digest = in.digest();
  return count;
}

Result<EventFacts> SimCounted::read(const TopicRecord& record) const {
  const SimEvent event = decode_event(record.entry.value);
  return EventFacts{
      .seen = SeenId{.id = hash_of(event.id), .content = SeenId::pack(event.content, 0)},
      .id = hash_of(event.id),
      .received_at = event.received_at};
}

SimTold told_of(const PublishedManifest& manifest) {
  SimTold told{
      .place = {.counted = manifest.partition.processed, .complete = manifest.complete_until}};
  if (manifest.missed) {
    told.awaited = manifest.missed->awaited;
    told.missed = manifest.missed->total();
  }
  return told;
}

void SimCounted::settle(const CountedPlace& place, OwnerBooks books) {
  PublishedManifest manifest{.partition = {}, .complete_until = place.complete};
  manifest.partition.processed = place.counted;
  manifest.missed = std::move(books.missed);
  manifest.collectors = std::move(books.collectors);
  manifest_ = encode_published(manifest);
}

Result<void> SimStore::open(std::vector<StateFile> files) {
  if (!files.empty()) {
    world_.reached("a state is restored");
  }
  if (files.size() > 2) {
    world_.reached("a state of several files is restored");
  }
  return MemoryPortableStore::open(std::move(files));
}

Result<void> SimCounted::count(const TopicRecord& record, Verdict verdict) {
  if (verdict != Verdict::kUnique) {
    return {};
  }
  const SimEvent event = decode_event(record.entry.value);
  const std::string key = std::to_string(event.key);
  const auto [row, is_new] = changed_.try_emplace(key);
  if (is_new) {
    const std::optional<std::string> stored = store_.tables().find(kCounts, key).value();
    row->second = stored ? decode_count(*stored) : KeyCount();
  }
  ++row->second.count;
  row->second.digest.add(hash_of(event.id));
  return {};
}

Result<StateImage> SimCounted::freeze(std::uint64_t version) {
  StateWrite write{.manifest = manifest_};
  StateWrite::Table& counts = write.tables.emplace_back();
  counts.name = kCounts;
  for (const auto& [key, count] : changed_) {
    counts.changes.put(key, encode_count(count));
  }
  changed_.clear();
  changes_.add(version, write);
  if (Result<void> added = judge_->freeze().add_to(write, store_.tables()); !added) {
    return std::move(added).error();
  }
  if (Result<void> written = store_.tables().write(write); !written) {
    return std::move(written).error();
  }
  judge_->commit();
  if (world_.happens(world_.faults.call_lost)) {
    world_.reached("a freeze fails half way");
    return Error{ErrorKind::kUnavailable, "the files of the state cannot be read"};
  }
  std::string state;
  ByteWriter out(state);
  out.put_string(manifest_);
  changes_.encode(out);
  judge_->encode(out);
  return files_.image(state);
}

Result<void> SimCounted::restore(const std::string& payload, std::vector<std::string> names,
                                 std::vector<std::string> files) {
  const Result<std::string> state = files_.restore(payload, std::move(names), std::move(files));
  if (!state) {
    return state.error();
  }
  judge_.emplace(1, small_buckets(), store_.tables());
  if (state->empty()) {
    return {};
  }
  ByteReader in(*state);
  manifest_ = in.string();
  is_restored_ = true;
  if (!changes_.restore(in)) {
    return Error{ErrorKind::kCorrupt, "damaged counts of the simulation"};
  }
  return judge_->restore(in);
}

Result<PartitionUpdate> SimCounted::update_from(std::uint64_t version) {
  Result<PartitionUpdate> update =
      changes_.update_from(version, std::vector<std::string>{kCounts}, store_.tables());
  if (!update) {
    return update;
  }
  update->change.manifest = manifest_;
  const bool has_rows = std::ranges::any_of(
      update->change.tables, [](const StateWrite::Table& table) { return !table.changes.empty(); });
  if (std::exchange(is_restored_, false) && has_rows && version > 0) {
    world_.reached("rows of a former owner are published again");
  }
  world_.reached(update->since == 0 ? "all rows are published" : "changed rows are published");
  return update;
}

DedupSettings small_buckets() {
  return {
      .bucket_ids_min = 32, .bucket_ids_fourfold = 256, .bucket_ids_max = 4096, .merged_ids = 64};
}

}  // namespace hapax::sim
