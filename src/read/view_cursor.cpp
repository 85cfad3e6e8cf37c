// SPDX-License-Identifier: Apache-2.0
#include "read/view_cursor.hpp"

#include "bytes/base64.hpp"
#include "bytes/bytes.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

void put_optional(const std::optional<std::string>& text, ByteWriter& out) {
  out.put_u8(text ? 1 : 0);
  out.put_string(text.value_or(""));
}

Error no_cursor() {
  return {ErrorKind::kInvalid, "parameter cursor is not one that an answer gave",
          "send back `next` of an answer as it was, or begin without a cursor"};
}

}  // namespace

std::uint64_t query_hash(const ViewQuery& query) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_time(query.from);
  out.put_time(query.to);
  put_optional(query.source, out);
  put_optional(query.event, out);
  out.put_u8(query.final_only ? 1 : 0);
  return hash64(bytes);
}

// Version, checksum of what follows, then the fields. The checksum is for what gets lost on the
// way; who makes a cursor up only gets another page.
std::string encode_cursor(const ViewQuery& query, const CellPlace& place) {
  std::string fields;
  ByteWriter out(fields);
  out.put_u64(query_hash(query));
  out.put_time(query.from);
  out.put_time(query.to);
  out.put_time(place.start);
  out.put_string(place.source);
  out.put_string(place.event);
  std::string bytes;
  ByteWriter head(bytes);
  head.put_u8(kVersion);
  head.put_u64(hash64(fields));
  return encode_base64url(bytes + fields);
}

Result<ViewCursor> decode_cursor(std::string_view text) {
  const std::string bytes = decode_base64(text).value_or("");
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  const std::uint64_t checksum = in.u64();
  const std::string_view fields = std::string_view(bytes).substr(bytes.size() - in.left());
  if (version != kVersion || !in.ok() || checksum != hash64(fields)) {
    return no_cursor();
  }
  ViewCursor cursor;
  cursor.query_hash = in.u64();
  cursor.from = in.event_time();
  cursor.to = in.event_time();
  cursor.place.start = in.event_time();
  cursor.place.source = in.string();
  cursor.place.event = in.string();
  return in.ok() && in.at_end() ? Result<ViewCursor>(std::move(cursor)) : no_cursor();
}

}  // namespace hapax
