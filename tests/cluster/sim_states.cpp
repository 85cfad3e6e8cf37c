// SPDX-License-Identifier: Apache-2.0
#include "sim_states.hpp"

#include <algorithm>
#include <utility>

#include "bytes/bytes.hpp"
#include "hash/mix64.hpp"

namespace hapax::sim {
namespace {

constexpr std::size_t kFilesMax = 4;
constexpr const char* kCounts = "counts";

std::string encode_table_changes(const StateWrite& write) {
  std::string bytes;
  ByteWriter out(bytes);
  for (const StateWrite::Table& table : write.tables) {
    out.put_string(table.name);
    out.put_u8(table.dropped ? 1 : 0);
    out.put_u32(static_cast<std::uint32_t>(table.erased.size()));
    for (const StateWrite::Range& range : table.erased) {
      out.put_string(range.from);
      out.put_string(range.to);
    }
    std::string changes;
    ByteWriter pairs(changes);
    table.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
      pairs.put_string(key);
      pairs.put_u8(value ? 1 : 0);
      pairs.put_string(value.value_or(""));
      return true;
    });
    out.put_string(changes);
  }
  return bytes;
}

StateWrite decode_table_changes(std::string_view bytes) {
  StateWrite write;
  for (ByteReader in(bytes); !in.at_end();) {
    StateWrite::Table& table = write.tables.emplace_back();
    table.name = in.string();
    table.dropped = in.u8() != 0;
    for (std::uint32_t left = in.u32(); left > 0; --left) {
      const std::string from = in.string();
      table.erased.push_back({.from = from, .to = in.string()});
    }
    const std::string changes = in.string();
    for (ByteReader pairs(changes); !pairs.at_end();) {
      const std::string key = pairs.string();
      const bool put = pairs.u8() != 0;
      const std::string value = pairs.string();
      if (put) {
        table.changes.put(key, value);
      } else {
        table.changes.erase(key);
      }
    }
  }
  return write;
}

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

std::string encode_place(const CountedPlace& place) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u64(place.counted.value());
  out.put_time(place.complete);
  return bytes;
}

CountedPlace decode_place(std::string_view bytes) {
  ByteReader in(bytes);
  CountedPlace place{.counted = Offset(in.u64()), .complete = {}};
  place.complete = in.processing_time();
  return place;
}

Result<void> SimStore::Store::write(const StateWrite& write) {
  if (Result<void> written = MemoryStateStore::write(write); !written) {
    return written;
  }
  files[next++] = encode_table_changes(write);
  return {};
}

void SimStore::Store::make_one() {
  StateWrite all;
  for (const auto& [name, rows] : tables()) {
    StateWrite::Table& table = all.tables.emplace_back();
    table.name = name;
    for (const auto& [key, value] : rows) {
      table.changes.put(key, value);
    }
  }
  files.clear();
  files[next++] = encode_table_changes(all);
}

Result<void> SimStore::open(std::vector<StateFile> files) {
  if (!files.empty()) {
    world_.reached("a state is restored");
  }
  if (files.size() > 2) {
    world_.reached("a state of several files is restored");
  }
  for (const StateFile& file : files) {
    if (!file.immutable) {
      store_.next = std::stoull(file.bytes);
    } else if (Result<void> written =
                   store_.MemoryStateStore::write(decode_table_changes(file.bytes));
               !written) {
      return written;
    } else {
      store_.files[std::stoull(file.name)] = file.bytes;
    }
  }
  return {};
}

Result<std::vector<StateFile>> SimStore::files(const IsKnown& is_known) {
  if (store_.files.size() > kFilesMax) {
    store_.make_one();
  }
  std::vector<StateFile> files;
  for (const auto& [number, bytes] : store_.files) {
    const std::string name = std::to_string(number);
    files.push_back(
        {.name = name, .immutable = true, .bytes = is_known(name) ? std::string() : bytes});
  }
  files.push_back({.name = "next", .immutable = false, .bytes = std::to_string(store_.next)});
  return files;
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
  if (Result<void> written = store_.tables().write(write); !written) {
    return std::move(written).error();
  }
  std::string state;
  ByteWriter out(state);
  out.put_string(manifest_);
  changes_.encode(out);
  return files_.image(state);
}

Result<void> SimCounted::restore(const std::string& payload, std::vector<std::string> names,
                                 std::vector<std::string> files) {
  const Result<std::string> state = files_.restore(payload, std::move(names), std::move(files));
  if (!state || state->empty()) {
    return state ? Result<void>() : state.error();
  }
  ByteReader in(*state);
  manifest_ = in.string();
  is_restored_ = true;
  return changes_.restore(in) ? Result<void>()
                              : Error{ErrorKind::kCorrupt, "damaged counts of the simulation"};
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
