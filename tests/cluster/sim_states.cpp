// SPDX-License-Identifier: Apache-2.0
#include "sim_states.hpp"

#include "bytes/bytes.hpp"
#include "hash/mix64.hpp"

namespace hapax::sim {
namespace {

constexpr std::size_t kFilesMax = 4;

DedupSettings small_buckets() {
  return {
      .bucket_ids_min = 32, .bucket_ids_fourfold = 256, .bucket_ids_max = 4096, .merged_ids = 64};
}

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

void SimCounted::count(const TopicRecord& record, Verdict verdict) {
  if (verdict != Verdict::kUnique) {
    return;
  }
  const SimEvent event = decode_event(record.entry.value);
  Cell& cell = cells_[event.key];
  ++cell.count.count;
  cell.count.digest.add(hash_of(event.id));
  cell.changed = true;
}

Result<StateImage> SimCounted::freeze(std::uint64_t version) {
  StateImage image{.kept = names_, .fresh = {}, .payload = "counted"};
  const bool all = names_.size() >= kFilesMax;
  std::string file;
  ByteWriter out(file);
  frozen_.clear();
  for (auto& [key, cell] : cells_) {
    if (cell.changed) {
      cell.version = version;
      cell.changed = false;
      frozen_.push_back(
          {.key = std::to_string(key), .value = encode_count(cell.count), .version = version});
    } else if (!all) {
      continue;
    }
    out.put_u32(key);
    out.put_u64(cell.version);
    out.put_string(encode_count(cell.count));
  }
  if (all) {
    image.kept.clear();
  }
  image.fresh.push_back(std::move(file));
  return image;
}

Result<void> SimCounted::restore(const std::string& /*payload*/, std::vector<std::string> names,
                                 std::vector<std::string> files) {
  names_ = std::move(names);
  if (files.size() > 1) {
    world_.reached("a state of several files is restored");
  }
  for (const std::string& file : files) {
    for (ByteReader in(file); !in.at_end();) {
      Cell& cell = cells_[in.u32()];
      cell.version = in.u64();
      cell.count = decode_count(in.string());
    }
  }
  return {};
}

std::vector<CellRow> SimCounted::rows_since(std::uint64_t version) {
  std::vector<CellRow> rows;
  for (const auto& [key, cell] : cells_) {
    if (cell.version > version) {
      rows.push_back(
          {.key = std::to_string(key), .value = encode_count(cell.count), .version = cell.version});
    }
  }
  if (!rows.empty() && version > 0) {
    world_.reached("rows of a former owner are published again");
  }
  return rows;
}

SimJudge::SimJudge(World& world, std::uint32_t partitions) : world_(world) {
  judge_.emplace(partitions, small_buckets(), store_);
}

Result<StateImage> SimJudge::freeze(std::uint64_t /*version*/) {
  StateWrite write{.manifest = "judge"};
  const FrozenIds frozen = judge_->freeze();
  if (Result<void> added = frozen.add_to(write, store_); !added) {
    return std::move(added).error();
  }
  if (Result<void> written = store_.write(write); !written) {
    return std::move(written).error();
  }
  judge_->commit();
  StateImage image{.kept = names_, .fresh = {}, .payload = {}};
  if (names_.size() >= kFilesMax) {
    image.kept.clear();
    write.tables.clear();
    for (const auto& [name, rows] : store_.tables()) {
      StateWrite::Table& table = write.tables.emplace_back();
      table.name = name;
      for (const auto& [key, value] : rows) {
        table.changes.put(key, value);
      }
    }
  }
  image.fresh.push_back(encode_table_changes(write));
  ByteWriter out(image.payload);
  judge_->encode(out);
  return image;
}

Result<void> SimJudge::restore(const std::string& payload, std::vector<std::string> names,
                               std::vector<std::string> files) {
  names_ = std::move(names);
  for (const std::string& file : files) {
    if (Result<void> written = store_.write(decode_table_changes(file)); !written) {
      return written;
    }
  }
  if (payload.empty()) {
    return {};
  }
  world_.reached("a judge is restored");
  ByteReader in(payload);
  return judge_->restore(in);
}

}  // namespace hapax::sim
