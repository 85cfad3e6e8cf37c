// SPDX-License-Identifier: Apache-2.0
#include "published/hot_update.hpp"

#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

#include "bytes/bytes.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 2;
enum class Kind : std::uint8_t { kGoesOn = 0, kBegins = 1, kUntold = 2 };  // Of an update.
/// In place of a value's length: the row is gone.
constexpr std::uint32_t kGone = std::numeric_limits<std::uint32_t>::max();

void put_table(const StateWrite::Table& table, ByteWriter& out) {
  out.put_string(table.name);
  std::uint32_t count = 0;
  table.changes.for_each([&](auto, const auto&) {
    ++count;
    return true;
  });
  out.put_u32(count);
  table.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
    out.put_string(key);
    value ? out.put_string(*value) : out.put_u32(kGone);
    return true;
  });
}

/// Rows of a table ascend.
bool take_table(ByteReader& in, StateWrite::Table& table) {
  table.name = in.string();
  std::string last;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    std::string key = in.string();
    ByteReader ahead = in;
    const bool is_gone = ahead.u32() == kGone && ahead.ok();
    const std::string value = is_gone ? std::string() : in.string();
    if (is_gone) {
      in = ahead;
    }
    if (!in.ok() || (i > 0 && key <= last)) {
      return false;
    }
    is_gone ? table.changes.erase(key) : table.changes.put(key, value);
    last = std::move(key);
  }
  return in.ok();
}

bool take(ByteReader& in, HotUpdate& update) {
  update.partition = PartitionId(in.u32());
  update.epoch = in.u64();
  update.number = in.u64();
  const std::uint8_t kind = in.u8();
  if (kind > static_cast<std::uint8_t>(Kind::kUntold)) {
    return false;
  }
  update.is_untold = static_cast<Kind>(kind) == Kind::kUntold;
  const Offset since(in.u64());
  update.since = static_cast<Kind>(kind) == Kind::kBegins ? std::optional(since) : std::nullopt;
  update.change.manifest = in.string();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    if (!take_table(in, update.change.tables.emplace_back())) {
      return false;
    }
  }
  return in.ok();
}

}  // namespace

std::string to_text(const HotPlace& place) {
  return std::to_string(place.life) + '-' + std::to_string(place.count);
}

std::optional<HotPlace> parse_hot_place(std::string_view text) {
  HotPlace place;
  const char* const end = text.data() + text.size();
  const auto life = std::from_chars(text.data(), end, place.life);
  if (life.ec != std::errc() || life.ptr == end || *life.ptr != '-') {
    return std::nullopt;
  }
  const auto count = std::from_chars(life.ptr + 1, end, place.count);
  return count.ec == std::errc() && count.ptr == end ? std::optional(place) : std::nullopt;
}

std::string encode_hot_update(const HotUpdate& update) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u32(update.partition.value());
  out.put_u64(update.epoch);
  out.put_u64(update.number);
  const Kind kind = update.is_untold ? Kind::kUntold : update.since ? Kind::kBegins : Kind::kGoesOn;
  out.put_u8(static_cast<std::uint8_t>(kind));
  out.put_u64(update.since.value_or(Offset()).value());
  out.put_string(update.change.manifest);
  out.put_u32(static_cast<std::uint32_t>(update.change.tables.size()));
  for (const StateWrite::Table& table : update.change.tables) {
    put_table(table, out);
  }
  return bytes;
}

std::string encode_hot_head(const HotPlace& place, std::uint32_t count) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u8(kVersion);
  out.put_u64(place.life);
  out.put_u64(place.count);
  out.put_u32(count);
  return bytes;
}

Result<HotAnswer> decode_hot_answer(std::string_view bytes) {
  ByteReader in(bytes);
  if (const std::uint8_t version = in.u8(); in.ok() && version != kVersion) {
    return Error{ErrorKind::kInvalid,
                 "what a process says is of format version " + std::to_string(version) +
                     ", this program reads " + std::to_string(kVersion),
                 "run the same version of Hapax in all roles"};
  }
  HotAnswer answer;
  answer.place.life = in.u64();
  answer.place.count = in.u64();
  bool is_whole = true;
  for (std::uint32_t left = in.u32(); left > 0 && in.ok() && is_whole; --left) {
    HotUpdate& update = answer.updates.emplace_back();
    update.life = answer.place.life;
    is_whole = take(in, update);
  }
  if (!is_whole || !in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "what a process says of its partitions is damaged",
                 "ask again"};
  }
  return answer;
}

}  // namespace hapax
