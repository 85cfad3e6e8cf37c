// SPDX-License-Identifier: Apache-2.0
#include "record/receipt.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "bytes/base64.hpp"
#include "bytes/varint.hpp"

namespace hapax {
namespace {

// Bytes before base64url: for each partition in ascending order varint(partition), varint(end);
// then CRC-32 of those, little-endian. The CRC sees every change that fits 32 bits, so every
// single wrong character.
constexpr std::size_t kChecksumBytes = 4;

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

std::uint32_t checksum(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFFU];
  }
  return ~crc;
}

std::string checksum_bytes(std::string_view bytes) {
  const std::uint32_t crc = checksum(bytes);
  std::string text;
  for (std::size_t i = 0; i < kChecksumBytes; ++i) {
    text.push_back(static_cast<char>(crc >> (8 * i)));
  }
  return text;
}

Error not_a_receipt(std::string_view why) {
  return {ErrorKind::kInvalid, "not a receipt: " + std::string(why),
          "send back the receipt of an answer unchanged"};
}

Result<Receipt> decode_ends(std::string_view bytes) {
  Receipt receipt;
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
  for (const Receipt::End& end : ends) {
    append_varint(end.partition.value(), bytes);
    append_varint(end.end.value(), bytes);
  }
  bytes += checksum_bytes(bytes);
  return encode_base64url(bytes);
}

Result<Receipt> decode_receipt(std::string_view text) {
  const auto bytes = decode_base64(text);
  if (!bytes || bytes->size() < kChecksumBytes) {
    return not_a_receipt("no base64url of a receipt's length");
  }
  const std::string_view ends = std::string_view(*bytes).substr(0, bytes->size() - kChecksumBytes);
  if (checksum_bytes(ends) != std::string_view(*bytes).substr(ends.size())) {
    return not_a_receipt("checksum mismatch");
  }
  HAPAX_ASSIGN(Receipt receipt, decode_ends(ends));
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
