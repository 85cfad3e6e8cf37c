// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cluster/judge_state.hpp"
#include "cluster/missed_watch.hpp"
#include "cluster/verdict_source.hpp"

namespace hapax {

/// dedup.scope = partition: an event is the first of its id if the partition has had no other of
/// it. The partition's own judge decides at once; it is part of the state that the partition is
/// counted in, so ids and counts are kept in one manifest. What this misses is counted beside it.
/// Threading and lifetime: as ClaimsLink; `state` must outlive it.
class OwnVerdicts : public VerdictSource {
 public:
  struct Missed {
    std::uint32_t sample = 0;     ///< Of MissedDuplicates::kWhole; 0: nothing is asked.
    std::size_t awaited_max = 0;  ///< As of MissedWatch.
  };
  OwnVerdicts(PartitionId partition, const Missed& missed, Topic& claims, Topic& verdicts,
              JudgeState& state)
      : state_(state), watch_(partition, missed.sample, missed.awaited_max, claims, verdicts) {}

  void begin(Offset /*counted*/, Offset verdicts_from) override { watch_.begin(verdicts_from); }
  bool is_ready() const override { return true; }
  void ask(const std::vector<Claim>& claims) override;
  Result<void> step() override { return watch_.step(); }
  Result<std::optional<Verdict>> of(const Claim& claim) override;
  void counted(const Claim& claim, ProcessingTime time, Verdict verdict) override;

  SettledMark freeze(const SettledMark& counted) override;
  void settled(const SettledMark& mark) override { watch_.settle(mark); }
  Offset needed_from(Offset /*counted*/) const override { return watch_.needed_from(); }
  std::uint64_t news() const override { return watch_.answers(); }
  std::optional<MissedDuplicates> missed() const override { return watch_.missed(); }
  std::uint64_t contradictions() const override { return 0; }

  void encode(ByteWriter& out) const override { watch_.encode(out); }
  Result<void> restore(ByteReader& in) override { return watch_.restore(in); }

 private:
  JudgeState& state_;
  MissedWatch watch_;
};

}  // namespace hapax
