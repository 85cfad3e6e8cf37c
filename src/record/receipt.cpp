// SPDX-License-Identifier: Apache-2.0
#include "record/receipt.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "bytes/base64.hpp"
#include "bytes/bytes.hpp"
#include "bytes/varint.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kHeadBytes = sizeof(kVersion) + sizeof(LogId::rep);
// It sees every change that fits 32 bits, so every single wrong character.
constexpr std::size_t kChecksumBytes = 4;
/// Where its register begins. That of version 1, which does not say its version, is another one: so
/// no bytes are of both.
constexpr std::uint32_t kChecksumStart = 0;
constexpr std::uint32_t kFormerChecksumStart = ~0U;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1U) * 0xEDB88320U);
    }
    table[i] = crc;
  }
  return table;
}

constexpr auto kCrcTable = make_crc_table();

std::uint32_t checksum(std::string_view bytes, std::uint32_t crc) {
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFFU];
  }
  return ~crc;
}

Error not_a_receipt(std::string_view why) {
  return {ErrorKind::kInvalid, "not a receipt: " + std::string(why),
          "send back the receipt of an answer unchanged"};
}

Error of_former_version() {
  return {
      ErrorKind::kInvalid,
      "the receipt was made by an earlier version of Hapax, which did not say of which log it is",
      "send back the receipt of an answer since the upgrade, or ask without one"};
}

Error of_later_version(std::uint8_t version) {
  return {ErrorKind::kInvalid,
          "the receipt is of format version " + std::to_string(version) +
              ", and this program reads " + std::to_string(kVersion),
          "run the same version of Hapax in all roles"};
}

Result<Receipt> decode_ends(LogId log, std::string_view bytes) {
  Receipt receipt{.log = log};
  while (!bytes.empty()) {
    const auto partition = take_varint(bytes);
    const auto end = partition ? take_varint(bytes) : std::nullopt;
    if (!end || *partition > std::numeric_limits<PartitionId::rep>::max()) {
      return not_a_receipt("damaged number");
    }
    const PartitionId id(static_cast<PartitionId::rep>(*partition));
    if (!receipt.ends.empty() && receipt.ends.back().partition >= id) {
      return not_a_receipt("partitions out of order");
    }
    receipt.ends.push_back({.partition = id, .end = Offset(*end)});
  }
  return receipt;
}

}  // namespace

std::string encode_receipt(const Receipt& receipt) {
  std::vector<Receipt::End> ends = receipt.ends;
  std::sort(ends.begin(), ends.end(),
            [](const auto& a, const auto& b) { return a.partition < b.partition; });
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u8(kVersion);
  out.put_u64(receipt.log.value());
  for (const Receipt::End& end : ends) {
    append_varint(end.partition.value(), bytes);
    append_varint(end.end.value(), bytes);
  }
  out.put_u32(checksum(bytes, kChecksumStart));
  return encode_base64url(bytes);
}

Result<Receipt> decode_receipt(std::string_view text) {
  const auto bytes = decode_base64(text);
  if (!bytes || bytes->size() < kChecksumBytes) {
    return not_a_receipt("no base64url of a receipt's length");
  }
  const std::string_view body = std::string_view(*bytes).substr(0, bytes->size() - kChecksumBytes);
  const std::uint32_t found = ByteReader(std::string_view(*bytes).substr(body.size())).u32();
  if (found == checksum(body, kFormerChecksumStart)) {
    return of_former_version();
  }
  if (found != checksum(body, kChecksumStart) || body.size() < kHeadBytes) {
    return not_a_receipt("checksum mismatch");
  }
  ByteReader in(body);
  if (const std::uint8_t version = in.u8(); version != kVersion) {
    return of_later_version(version);
  }
  HAPAX_ASSIGN(Receipt receipt, decode_ends(LogId(in.u64()), body.substr(kHeadBytes)));
  // One receipt has one text: this refuses padding, the other alphabet, stray bits, long varints.
  if (encode_receipt(receipt) != text) {
    return not_a_receipt("not in its canonical form");
  }
  return receipt;
}

std::string position_text(std::span<const Offset> next) {
  std::string text;
  for (std::size_t i = 0; i < next.size(); ++i) {
    if (next[i] != Offset()) {
      text.append(text.empty() ? "" : " ").append(std::to_string(i));
      text.append(":").append(std::to_string(next[i].value()));
    }
  }
  return text.empty() ? std::string("the start") : text;
}

}  // namespace hapax
