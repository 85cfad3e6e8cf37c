// SPDX-License-Identifier: Apache-2.0
#include "cluster/claim.hpp"

#include "bytes/bytes.hpp"

namespace hapax {
namespace {

enum class RecordKind : std::uint8_t { kClaims = 1, kSettled = 2, kVerdicts = 3 };

void put_kind(ByteWriter& out, RecordKind kind) {
  out.put_u8(static_cast<std::uint8_t>(kind));
}

Error damaged(std::string_view what) {
  return {ErrorKind::kCorrupt,
          std::string("a record of the topic of ").append(what).append(" is none of ours"),
          "let Hapax alone append to that topic"};
}

void encode(ByteWriter& out, const ClaimBlock& block) {
  put_kind(out, RecordKind::kClaims);
  out.put_u32(block.partition.value());
  out.put_u32(static_cast<std::uint32_t>(block.claims.size()));
  for (const Claim& claim : block.claims) {
    encode_claim(claim, out);
  }
}

void encode(ByteWriter& out, const SettledMark& mark) {
  put_kind(out, RecordKind::kSettled);
  out.put_u32(mark.partition.value());
  out.put_u64(mark.counted.value());
  out.put_time(mark.time);
  out.put_time(mark.floor);
}

ClaimBlock read_block(ByteReader& in) {
  ClaimBlock block{.partition = PartitionId(in.u32()), .claims = {}};
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    block.claims.push_back(read_claim(in));
  }
  return block;
}

SettledMark read_mark(ByteReader& in) {
  SettledMark mark;
  mark.partition = PartitionId(in.u32());
  mark.counted = Offset(in.u64());
  mark.time = in.processing_time();
  mark.floor = in.processing_time();
  return mark;
}

}  // namespace

void encode_claim(const Claim& claim, ByteWriter& out) {
  out.put_u64(claim.offset.value());
  out.put_u64(claim.seen.id.low);
  out.put_u64(claim.seen.id.high);
  out.put_u64(claim.seen.content);
  out.put_time(claim.span.from);
  out.put_time(claim.span.to);
  out.put_time(claim.floor);
}

Claim read_claim(ByteReader& in) {
  Claim claim;
  claim.offset = Offset(in.u64());
  claim.seen.id.low = in.u64();
  claim.seen.id.high = in.u64();
  claim.seen.content = in.u64();
  claim.span.from = in.processing_time();
  claim.span.to = in.processing_time();
  claim.floor = in.processing_time();
  return claim;
}

std::string encode_claims(const ClaimRecord& record) {
  std::string bytes;
  ByteWriter out(bytes);
  std::visit([&](const auto& one) { encode(out, one); }, record);
  return bytes;
}

Result<ClaimRecord> decode_claims(std::string_view bytes) {
  ByteReader in(bytes);
  const auto kind = static_cast<RecordKind>(in.u8());
  if (kind != RecordKind::kClaims && kind != RecordKind::kSettled) {
    return damaged("claims");
  }
  ClaimRecord record =
      kind == RecordKind::kClaims ? ClaimRecord(read_block(in)) : ClaimRecord(read_mark(in));
  if (!in.ok() || !in.at_end()) {
    return damaged("claims");
  }
  return record;
}

std::string encode_verdicts(const VerdictBlock& block) {
  std::string bytes;
  ByteWriter out(bytes);
  put_kind(out, RecordKind::kVerdicts);
  out.put_u32(block.partition.value());
  out.put_u32(static_cast<std::uint32_t>(block.decided.size()));
  for (const DecidedOffset& decided : block.decided) {
    out.put_u64(decided.offset.value());
    out.put_u8(static_cast<std::uint8_t>(decided.verdict));
  }
  return bytes;
}

Result<VerdictBlock> decode_verdicts(std::string_view bytes) {
  ByteReader in(bytes);
  if (static_cast<RecordKind>(in.u8()) != RecordKind::kVerdicts) {
    return damaged("verdicts");
  }
  VerdictBlock block{.partition = PartitionId(in.u32()), .decided = {}};
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    const Offset offset(in.u64());
    const std::uint8_t verdict = in.u8();
    if (verdict > kVerdictLast) {
      return damaged("verdicts");
    }
    block.decided.push_back({.offset = offset, .verdict = static_cast<Verdict>(verdict)});
  }
  if (!in.ok() || !in.at_end()) {
    return damaged("verdicts");
  }
  return block;
}

}  // namespace hapax
