// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "dedup/verdict.hpp"
#include "stream/forget_floor.hpp"
#include "stream/id_table.hpp"

namespace hapax {

/// "The event at this offset has this id; is it the first?" All of it is a function of the log of
/// events up to there, so whoever asks again asks the same.
struct Claim {
  Offset offset;
  SeenId seen;
  TimeSpan span;  ///< Of the partition's time there (partition_clock.hpp): as of when it is kept.
  ProcessingTime floor;  ///< Ids of spans that end at or before it are not the same any more.

  friend bool operator==(const Claim&, const Claim&) = default;
};

/// Claims of one partition of events, by ascending offsets.
struct ClaimBlock {
  PartitionId partition;
  std::vector<Claim> claims;

  friend bool operator==(const ClaimBlock&, const ClaimBlock&) = default;
};

/// Of one partition of events: what is counted durably. No claim below `counted` is made by who
/// knows of this, and none from there on has an earlier time or a lower floor.
struct SettledMark {
  PartitionId partition;
  Offset counted;  ///< The next one to be counted.
  ProcessingTime time;
  ProcessingTime floor;

  friend bool operator==(const SettledMark&, const SettledMark&) = default;
};

/// A record of the topic of claims, which is partitioned by the id's hash.
using ClaimRecord = std::variant<ClaimBlock, SettledMark>;

/// Which of `count` partitions of claims has the claims of `id`. Never changes its value.
inline std::uint32_t claims_partition(const Hash128& id, std::uint32_t count) {
  return static_cast<std::uint32_t>((id.high >> 32U) * count >> 32U);
}

/// What was decided of one event.
struct DecidedOffset {
  Offset offset;
  Verdict verdict = Verdict::kUnique;

  friend bool operator==(const DecidedOffset&, const DecidedOffset&) = default;
};

/// A record of the topic of verdicts, which has the partitions of the topic of events.
struct VerdictBlock {
  PartitionId partition;
  std::vector<DecidedOffset> decided;

  friend bool operator==(const VerdictBlock&, const VerdictBlock&) = default;
};

// Formats: docs/formats/cluster.md. Errors of decoding: kCorrupt.
void encode_claim(const Claim& claim, ByteWriter& out);
Claim read_claim(ByteReader& in);
std::string encode_claims(const ClaimRecord& record);
Result<ClaimRecord> decode_claims(std::string_view bytes);
std::string encode_verdicts(const VerdictBlock& block);
Result<VerdictBlock> decode_verdicts(std::string_view bytes);

}  // namespace hapax
