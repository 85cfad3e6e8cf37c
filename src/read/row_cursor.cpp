// SPDX-License-Identifier: Apache-2.0
#include "read/row_cursor.hpp"

#include <utility>

#include "bytes/base64.hpp"
#include "bytes/bytes.hpp"
#include "hash/hash.hpp"
#include "read/request_parameters.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

void put_ranges(const std::vector<TimeRange>& ranges, ByteWriter& out) {
  out.put_u32(static_cast<std::uint32_t>(ranges.size()));
  for (const TimeRange& range : ranges) {
    out.put_time(range.from);
    out.put_time(range.to);
  }
}

}  // namespace

std::uint64_t query_hash(const RowQuery& query) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_string(query.view->id);
  put_ranges(query.ranges, out);
  for (const GroupValue& wanted : query.where) {
    out.put_u64(wanted.field);
    encode_value(wanted.value, out);
  }
  out.put_u8(query.group_by ? 1 : 0);
  for (const std::size_t field : query.group_by.value_or(std::vector<std::size_t>())) {
    out.put_u64(field);
  }
  out.put_u8(query.final_only ? 1 : 0);
  const WindowSpec& window = query.row_window();
  out.put_u8(static_cast<std::uint8_t>(window.kind));
  out.put_u64(static_cast<std::uint64_t>(window.length.count()));
  return hash64(bytes);
}

// Version, checksum of what follows, then the fields. The checksum is for what gets lost on the
// way; who makes a cursor up only gets another page.
std::string encode_cursor(const RowQuery& query, const RowPlace& place) {
  std::string fields;
  ByteWriter out(fields);
  out.put_u64(query_hash(query));
  put_ranges(query.ranges, out);
  out.put_u64(place.range);
  out.put_string(place.key);
  std::string bytes;
  ByteWriter head(bytes);
  head.put_u8(kVersion);
  head.put_u64(hash64(fields));
  return encode_base64url(bytes + fields);
}

Result<RowCursorText> decode_row_cursor(std::string_view text) {
  const std::string bytes = decode_base64(text).value_or("");
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  const std::uint64_t checksum = in.u64();
  const std::string_view fields = std::string_view(bytes).substr(bytes.size() - in.left());
  if (version != kVersion || !in.ok() || checksum != hash64(fields)) {
    return unknown_cursor();
  }
  RowCursorText cursor;
  cursor.query_hash = in.u64();
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const EventTime from = in.event_time();
    cursor.ranges.push_back({.from = from, .to = in.event_time()});
  }
  cursor.place.range = in.u64();
  cursor.place.key = in.string();
  const bool is_whole = in.ok() && in.at_end() && cursor.place.range < cursor.ranges.size();
  return is_whole ? Result<RowCursorText>(std::move(cursor)) : unknown_cursor();
}

}  // namespace hapax
