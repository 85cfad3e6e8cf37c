// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/claim.hpp"
#include "core/result.hpp"
#include "stream/dedup_index.hpp"

namespace hapax {

struct JudgeStats {
  std::uint64_t claims = 0;
  std::uint64_t repeated = 0;  ///< Of these: claimed before, so what was said then was said again.
  std::uint64_t stale =
      0;  ///< Of these: of what is counted durably, from an owner that is no more.
  std::uint64_t unsettled = 0;  ///< Decided, and not yet counted durably.
  DedupStats dedup;
};

/// Decides which events are the first of their id, of the ids of one partition of claims. What it
/// says of an event follows from the claims before, in their order, and from nothing else: no
/// clock, no setting. So whoever reads them again, after a crash, or beside another who does not
/// know that it is deposed, says the same.
///
/// An event that is claimed again, since its owner died before it heard the answer, must not meet
/// its own id. What was decided of an event is therefore kept until its owner has said, in the same
/// topic, that it is counted durably; claims of what is counted are left without an answer. That is
/// also what lets ids be forgotten: only once no partition can ask for them.
/// Threading: one owner. Lifetime: `store`, which has its ids and nothing else, must outlive it.
class ClaimJudge {
 public:
  /// `partitions`: of events.
  ClaimJudge(std::uint32_t partitions, const DedupSettings& dedup, StateStore& store);

  /// What is decided of `block`; of claims that are stale nothing. Errors: kCorrupt, a partition
  /// that there is not; those of the store. After those it may be asked again.
  Result<VerdictBlock> judge(const ClaimBlock& block);
  /// The same of one claim; nothing if it is stale.
  Result<std::optional<Verdict>> judge(PartitionId partition, const Claim& claim);
  /// Fetches what judge() will touch into the cache; call it some claims ahead.
  void prefetch(const Hash128& id) const { dedup_.prefetch(id); }
  /// Errors: kCorrupt, a partition that there is not.
  Result<void> settle(const SettledMark& mark);
  /// What is decided and not settled, in blocks of some thousand.
  std::vector<VerdictBlock> unsettled() const;

  /// The ids that no checkpoint has; with encode() the state as it is now. As of DedupIndex.
  FrozenIds freeze() { return dedup_.freeze(); }
  void commit() { dedup_.commit(); }
  void encode(ByteWriter& out) const;
  /// On a new judge only.
  Result<void> restore(ByteReader& in);

  JudgeStats stats() const;

 private:
  /// Of one partition of events.
  struct Asked {
    bool has_mark = false;
    SettledMark mark = {};
    std::deque<DecidedOffset> unsettled = {};  // By offset.
  };

  Result<std::optional<Verdict>> decide(Asked& asked, const Claim& claim);
  Result<Asked*> find(PartitionId partition);
  void expire();

  DedupIndex dedup_;
  std::vector<Asked> asked_;  // By partition.
  JudgeStats stats_ = {};
};

}  // namespace hapax
