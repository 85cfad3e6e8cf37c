// SPDX-License-Identifier: Apache-2.0
#include "cluster/claim_judge.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace hapax {
namespace {

constexpr std::size_t kDecidedAtOnce = 4096;

Verdict verdict_of(Seen seen) {
  switch (seen) {
    case Seen::kFirst:
      return Verdict::kUnique;
    case Seen::kDuplicate:
      return Verdict::kDuplicate;
    case Seen::kConflict:
      return Verdict::kConflict;
    case Seen::kRestamped:
      return Verdict::kRestamped;
  }
  return Verdict::kDuplicate;
}

}  // namespace

ClaimJudge::ClaimJudge(std::uint32_t partitions, const DedupSettings& dedup, StateStore& store)
    : dedup_(dedup, store), asked_(partitions) {}

Result<VerdictBlock> ClaimJudge::judge(const ClaimBlock& block) {
  Result<Asked*> asked = find(block.partition);
  if (!asked) {
    return std::move(asked).error();
  }
  VerdictBlock answer{.partition = block.partition, .decided = {}};
  answer.decided.reserve(block.claims.size());
  for (const Claim& claim : block.claims) {
    HAPAX_ASSIGN(const std::optional<Verdict> verdict, decide(**asked, claim));
    if (verdict) {
      answer.decided.push_back({.offset = claim.offset, .verdict = *verdict});
    }
  }
  return answer;
}

Result<std::optional<Verdict>> ClaimJudge::judge(PartitionId partition, const Claim& claim) {
  HAPAX_ASSIGN(Asked* const asked, find(partition));
  return decide(*asked, claim);
}

Result<std::optional<Verdict>> ClaimJudge::decide(Asked& asked, const Claim& claim) {
  ++stats_.claims;
  if (asked.has_mark && claim.offset < asked.mark.counted) {
    ++stats_.stale;
    return std::optional<Verdict>();
  }
  const auto place =
      std::ranges::lower_bound(asked.unsettled, claim.offset, {}, &DecidedOffset::offset);
  if (place != asked.unsettled.end() && place->offset == claim.offset) {
    ++stats_.repeated;
    return std::optional(place->verdict);
  }
  const Result<Seen> seen = dedup_.add(claim.seen, claim.span, claim.floor);
  if (!seen) {
    return seen.error();
  }
  const Verdict verdict = verdict_of(*seen);
  asked.unsettled.insert(place, {.offset = claim.offset, .verdict = verdict});
  return std::optional(verdict);
}

Result<void> ClaimJudge::settle(const SettledMark& mark) {
  Result<Asked*> asked = find(mark.partition);
  if (!asked) {
    return std::move(asked).error();
  }
  Asked& known = **asked;
  if (known.has_mark && mark.counted < known.mark.counted) {
    return {};  // True, and old: of an owner that is no more.
  }
  known.has_mark = true;
  known.mark = mark;
  while (!known.unsettled.empty() && known.unsettled.front().offset < mark.counted) {
    known.unsettled.pop_front();
  }
  expire();
  return {};
}

std::vector<VerdictBlock> ClaimJudge::unsettled() const {
  std::vector<VerdictBlock> blocks;
  for (std::uint32_t p = 0; p < asked_.size(); ++p) {
    const std::deque<DecidedOffset>& decided = asked_[p].unsettled;
    for (std::size_t begin = 0; begin < decided.size(); begin += kDecidedAtOnce) {
      const std::size_t end = std::min(begin + kDecidedAtOnce, decided.size());
      blocks.push_back({.partition = PartitionId(p), .decided = {}});
      std::copy(decided.begin() + static_cast<std::ptrdiff_t>(begin),
                decided.begin() + static_cast<std::ptrdiff_t>(end),
                std::back_inserter(blocks.back().decided));
    }
  }
  return blocks;
}

/// What the partition that is furthest behind can still ask for stays.
void ClaimJudge::expire() {
  ProcessingTime time = ProcessingTime::max();
  ProcessingTime floor = ProcessingTime::max();
  for (const Asked& asked : asked_) {
    if (!asked.has_mark) {
      return;
    }
    time = std::min(time, asked.mark.time);
    floor = std::min(floor, asked.mark.floor);
  }
  dedup_.expire(time, floor);
}

Result<ClaimJudge::Asked*> ClaimJudge::find(PartitionId partition) {
  if (partition.value() >= asked_.size()) {
    return Error{ErrorKind::kCorrupt,
                 fmt::format("a claim of partition {} of events, of which there are {}",
                             partition.value(), asked_.size()),
                 "let one cluster of Hapax alone append to the topic of claims"};
  }
  return &asked_[partition.value()];
}

void ClaimJudge::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(asked_.size()));
  for (const Asked& asked : asked_) {
    out.put_u8(asked.has_mark ? 1 : 0);
    out.put_u64(asked.mark.counted.value());
    out.put_time(asked.mark.time);
    out.put_time(asked.mark.floor);
    out.put_u32(static_cast<std::uint32_t>(asked.unsettled.size()));
    for (const DecidedOffset& decided : asked.unsettled) {
      out.put_u64(decided.offset.value());
      out.put_u8(static_cast<std::uint8_t>(decided.verdict));
    }
  }
  std::string buckets;
  ByteWriter bucket_bytes(buckets);
  dedup_.encode(bucket_bytes);
  out.put_string(buckets);
  std::string runs;
  ByteWriter run_bytes(runs);
  dedup_.encode_runs(run_bytes);
  out.put_string(runs);
}

Result<void> ClaimJudge::restore(ByteReader& in) {
  const std::uint32_t partitions = in.u32();
  if (partitions != asked_.size()) {
    return Error{ErrorKind::kCorrupt,
                 fmt::format("a state of a judge of {} partitions of events, of which there are {}",
                             partitions, asked_.size())};
  }
  for (std::uint32_t p = 0; p < partitions; ++p) {
    Asked& asked = asked_[p];
    asked.has_mark = in.u8() != 0;
    asked.mark.partition = PartitionId(p);
    asked.mark.counted = Offset(in.u64());
    asked.mark.time = in.processing_time();
    asked.mark.floor = in.processing_time();
    for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
      const Offset offset(in.u64());
      asked.unsettled.push_back({.offset = offset, .verdict = static_cast<Verdict>(in.u8())});
    }
  }
  const std::string buckets = in.string();
  const std::string runs = in.string();
  if (!in.ok()) {
    return Error{ErrorKind::kCorrupt, "the state of a judge of claims ends early"};
  }
  ByteReader bucket_bytes(buckets);
  ByteReader run_bytes(runs);
  return dedup_.restore(bucket_bytes, &run_bytes);
}

JudgeStats ClaimJudge::stats() const {
  JudgeStats stats = stats_;
  for (const Asked& asked : asked_) {
    stats.unsettled += asked.unsettled.size();
  }
  stats.dedup = dedup_.stats();
  return stats;
}

}  // namespace hapax
