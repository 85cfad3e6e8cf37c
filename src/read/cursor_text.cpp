// SPDX-License-Identifier: Apache-2.0
#include "read/cursor_text.hpp"

#include "bytes/base64.hpp"
#include "bytes/bytes.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

// Version, checksum of what follows, then the fields.
std::string encode_cursor_text(std::string_view fields) {
  std::string bytes;
  ByteWriter head(bytes);
  head.put_u8(kVersion);
  head.put_u64(hash64(fields));
  return encode_base64url(bytes.append(fields));
}

std::optional<std::string> decode_cursor_text(std::string_view text) {
  const std::string bytes = decode_base64(text).value_or("");
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  const std::uint64_t checksum = in.u64();
  const std::string_view fields = std::string_view(bytes).substr(bytes.size() - in.left());
  if (version != kVersion || !in.ok() || (checksum == 0 && fields.empty())) {
    return std::nullopt;
  }
  return std::string(fields);
}

Error no_cursor() {
  return {ErrorKind::kInvalid, "parameter cursor is not one that an answer gave",
          "send back `next` of an answer as it was, or begin without a cursor"};
}

}  // namespace hapax
