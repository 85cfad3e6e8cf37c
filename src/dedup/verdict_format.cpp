// SPDX-License-Identifier: Apache-2.0
#include "dedup/verdict_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <span>

#include "bytes/bytes.hpp"
#include "hash/hash.hpp"

namespace hapax::verdict_format {
namespace {

constexpr std::string_view kMagic = "HAPAXVRD";
constexpr std::uint32_t kBlockMagic = 0x4256'5248;  // "HRVB"
constexpr std::string_view kSuffix = ".verdicts";
constexpr std::size_t kSequenceDigits = 20;
constexpr std::size_t kHeaderCrcAt = 8;
constexpr std::size_t kHeaderSizeAt = 44;
constexpr std::size_t kBlockCrcAt = 4;
constexpr unsigned kBitsPerByte = 8;

std::uint32_t checksum(std::string_view bytes) {
  return crc32c(std::as_bytes(std::span(bytes)));
}

void put_checksum(std::string& bytes, std::size_t from, std::size_t at) {
  std::string crc;
  ByteWriter(crc).put_u32(checksum(std::string_view(bytes).substr(from + at + 4)));
  bytes.replace(from + at, crc.size(), crc);
}

bool is_unique(std::string_view bitmap, std::size_t number) {
  const auto byte = static_cast<unsigned char>(bitmap[number / kBitsPerByte]);
  return (byte >> (number % kBitsPerByte) & 1U) != 0;
}

/// A bit for each, set for a unique one; then the others, in order.
std::string encode_verdicts(const std::vector<Verdict>& verdicts) {
  std::string payload((verdicts.size() + kBitsPerByte - 1) / kBitsPerByte, '\0');
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i] == Verdict::kUnique) {
      char& byte = payload[i / kBitsPerByte];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << (i % kBitsPerByte));
    } else {
      payload.push_back(static_cast<char>(verdicts[i]));
    }
  }
  return payload;
}

/// Whether it is the verdicts of `count` records (rule 6).
bool is_payload(std::string_view payload, std::uint32_t count) {
  const std::size_t bitmap = (std::size_t{count} + kBitsPerByte - 1) / kBitsPerByte;
  if (payload.size() < bitmap) {
    return false;
  }
  std::size_t unique = 0;
  for (const char byte : payload.substr(0, bitmap)) {
    unique += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(byte)));
  }
  return unique <= count && payload.size() == bitmap + count - unique &&
         std::ranges::all_of(payload.substr(bitmap), [](char verdict) {
           return verdict > 0 && static_cast<std::uint8_t>(verdict) <= kVerdictLast;
         });
}

}  // namespace

std::string encode_header(const FileHeader& header) {
  std::string bytes(kMagic);
  ByteWriter out(bytes);
  out.put_u32(0);
  out.put_u32(kVersion);
  out.put_u64(header.sequence);
  out.put_u64(header.salt);
  out.put_u64(header.key_id);
  out.put_u32(static_cast<std::uint32_t>(header.partitions.size()));
  out.put_u32(static_cast<std::uint32_t>(header_bytes(header.partitions.size())));
  for (const Progress& partition : header.partitions) {
    out.put_u64(partition.complete_from.value());
    out.put_u64(partition.last_base.value());
    out.put_u64(partition.end.offset.value());
    out.put_digest(partition.end.digest);
  }
  put_checksum(bytes, 0, kHeaderCrcAt);
  return bytes;
}

Result<FileHeader> decode_header(std::string_view file) {
  const Error damaged{.kind = ErrorKind::kCorrupt, .message = "its header is damaged"};
  ByteReader size_at(file.substr(std::min(file.size(), kHeaderSizeAt)));
  const std::size_t size = size_at.u32();
  if (!file.starts_with(kMagic) || size <= kHeaderSizeAt || size > file.size()) {
    return damaged;
  }
  ByteReader in(file.substr(kHeaderCrcAt, size - kHeaderCrcAt));
  if (in.u32() != checksum(file.substr(kHeaderCrcAt + 4, size - kHeaderCrcAt - 4))) {
    return damaged;
  }
  if (const std::uint32_t version = in.u32(); version != kVersion) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("it is of format version {}, this hapax knows version {}",
                                        version, kVersion),
                 .hint =
                     "go on with the hapax that wrote it; or remove the folder: verdicts are "
                     "then made anew from the state's checkpoint on"};
  }
  FileHeader header{.sequence = in.u64(), .salt = in.u64(), .key_id = in.u64(), .partitions = {}};
  const std::uint32_t count = in.u32();
  if (count > kPartitionsMax || size != header_bytes(count)) {
    return damaged;
  }
  in.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    Progress partition;
    partition.complete_from = Offset(in.u64());
    partition.last_base = Offset(in.u64());
    partition.end.offset = Offset(in.u64());
    partition.end.digest = in.digest();
    header.partitions.push_back(partition);
  }
  return header;
}

void append_block(PartitionId partition, const VerdictRun& run, const Digest& digest_after,
                  std::uint64_t salt, std::uint64_t start, std::string& file) {
  const std::size_t at = file.size();
  const std::string payload = encode_verdicts(run.verdicts);
  ByteWriter out(file);
  out.put_u32(kBlockMagic);
  out.put_u32(0);
  out.put_u64(salt);
  out.put_u64(start + at);
  out.put_u32(partition.value());
  out.put_u32(static_cast<std::uint32_t>(run.verdicts.size()));
  out.put_u64(run.base.value());
  out.put_digest(digest_after);
  out.put_u32(static_cast<std::uint32_t>(payload.size()));
  out.put_u32(0);
  file.append(payload);
  file.resize((file.size() + kAlignment - 1) / kAlignment * kAlignment);
  put_checksum(file, at, kBlockCrcAt);
}

std::optional<BlockPlace> block_at(std::string_view file, std::size_t position,
                                   std::uint64_t salt) {
  file.remove_prefix(std::min(position, file.size()));
  ByteReader in(file);
  const std::uint32_t magic = in.u32();
  const std::uint32_t crc = in.u32();
  const bool is_here = in.u64() == salt && in.u64() == position;
  BlockPlace place{.partition = {}, .base = {}, .digest_after = {}, .position = position};
  place.partition = PartitionId(in.u32());
  place.count = in.u32();
  place.base = Offset(in.u64());
  place.digest_after = in.digest();
  const std::uint64_t payload = in.u32();
  place.bytes = (kBlockHeaderBytes + payload + kAlignment - 1) / kAlignment * kAlignment;
  if (magic != kBlockMagic || !is_here || place.count == 0 || place.bytes > file.size() ||
      crc != checksum(file.substr(kBlockCrcAt + 4, place.bytes - kBlockCrcAt - 4)) ||
      !is_payload(file.substr(kBlockHeaderBytes, payload), place.count)) {
    return std::nullopt;
  }
  return place;
}

VerdictRun decode_block(std::string_view file, const BlockPlace& place) {
  const std::string_view bitmap = file.substr(place.position + kBlockHeaderBytes);
  std::size_t other = (std::size_t{place.count} + kBitsPerByte - 1) / kBitsPerByte;
  VerdictRun run{.base = place.base, .verdicts = {}};
  run.verdicts.reserve(place.count);
  for (std::uint32_t i = 0; i < place.count; ++i) {
    run.verdicts.push_back(is_unique(bitmap, i) ? Verdict::kUnique
                                                : static_cast<Verdict>(bitmap[other++]));
  }
  return run;
}

std::string file_name(std::uint64_t sequence) {
  return fmt::format("{:020}{}", sequence, kSuffix);
}

std::optional<std::uint64_t> sequence_of(std::string_view name) {
  std::uint64_t sequence = 0;
  if (name.size() != kSequenceDigits + kSuffix.size() || !name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  const char* end = name.data() + kSequenceDigits;
  const auto parsed = std::from_chars(name.data(), end, sequence);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(sequence) : std::nullopt;
}

}  // namespace hapax::verdict_format
