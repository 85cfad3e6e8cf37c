// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/twin_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "adapters/local_log/fixed_bytes.hpp"
#include "hash/hash.hpp"

namespace hapax::twin_format {

using namespace log_format;  // NOLINT: both are formats of the log.

namespace {

constexpr std::string_view kMagic = "HAPAXZST";
constexpr std::uint32_t kSkippableMagic = 0x184D2A50;
constexpr std::size_t kCrcAt = 8;

std::string encode_table(const Head& head) {
  const auto bytes = std::as_bytes(std::span(head.table));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string encode_fixed(const Head& head, std::string_view table) {
  std::string fixed(kFixedBytes, '\0');
  kMagic.copy(fixed.data(), kMagic.size());
  put(fixed, 12, kVersion);
  put(fixed, 16, head.generation.sequence);
  put(fixed, 24, head.generation.salt);
  put(fixed, 32, head.raw_bytes);
  put(fixed, 40, head.content_bytes);
  put(fixed, 48, head.block_bytes);
  put(fixed, 52, static_cast<std::uint32_t>(head.table.size()));
  put(fixed, 56, crc32c(as_span(table)));
  put(fixed, kCrcAt, crc32c(as_span(fixed).subspan(kCrcAt + 4)));
  return fixed;
}

std::string encode_skippable(std::size_t bytes) {
  std::string header(kSkippableBytes, '\0');
  put(header, 0, kSkippableMagic);
  put(header, 4, static_cast<std::uint32_t>(bytes));
  return header;
}

/// The fields without the table. The fixed part is whole.
Head get_fields(std::span<const std::byte> fixed) {
  return {.generation = {.sequence = get<std::uint64_t>(fixed, 16),
                         .salt = get<std::uint64_t>(fixed, 24)},
          .raw_bytes = get<std::uint64_t>(fixed, 32),
          .content_bytes = get<std::uint64_t>(fixed, 40),
          .block_bytes = get<std::uint32_t>(fixed, 48)};
}

bool is_possible(const Head& head, std::uint32_t count) {
  return head.raw_bytes <= kRawBytesMax && head.content_bytes <= head.raw_bytes &&
         head.block_bytes >= log_format::kPageBytes && head.block_bytes <= kBlockBytesMax &&
         head.block_bytes % log_format::kAlignment == 0 &&
         count == block_count(head.content_bytes, head.block_bytes);
}

}  // namespace

std::string encode_front(const Head& head) {
  const auto table = encode_table(head);
  return encode_skippable(kFixedBytes + table.size()) + encode_fixed(head, table) + table;
}

std::string encode_back(const Head& head) {
  const auto table = encode_table(head);
  return encode_skippable(kFixedBytes + table.size()) + table + encode_fixed(head, table);
}

Result<std::uint32_t> decode_block_count(std::span<const std::byte> fixed) {
  if (fixed.size() < kFixedBytes) {
    return corrupt("the head is cut off");
  }
  fixed = fixed.first(kFixedBytes);
  if (std::memcmp(fixed.data(), kMagic.data(), kMagic.size()) != 0) {
    return corrupt("this is not a compressed segment of the event log");
  }
  if (get<std::uint32_t>(fixed, kCrcAt) != crc32c(fixed.subspan(kCrcAt + 4))) {
    return corrupt("checksum mismatch in the head");
  }
  if (const auto version = get<std::uint32_t>(fixed, 12); version != kVersion) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("it is compressed in format version {}; this hapax reads "
                                        "version {}",
                                        version, kVersion),
                 .hint = "use the hapax that wrote it"};
  }
  const auto count = get<std::uint32_t>(fixed, 52);
  if (!is_possible(get_fields(fixed), count)) {
    return corrupt("the head contradicts itself");
  }
  return count;
}

Result<Head> decode_head(std::span<const std::byte> fixed, std::span<const std::byte> table) {
  HAPAX_ASSIGN(const auto count, decode_block_count(fixed));
  if (table.size() != count * kEntryBytes || get<std::uint32_t>(fixed, 56) != crc32c(table)) {
    return corrupt("checksum mismatch in the table of blocks");
  }
  auto head = get_fields(fixed);
  head.table.resize(count);
  std::ranges::copy(table, std::as_writable_bytes(std::span(head.table)).begin());
  return head;
}

}  // namespace hapax::twin_format
