// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cluster/awaited_verdicts.hpp"
#include "cluster/claims_link.hpp"
#include "cluster/verdict_source.hpp"

namespace hapax {

/// dedup.scope = exact: each event is claimed, and counted once its judge has said what it is.
/// Threading and lifetime: as ClaimsLink.
class ClaimedVerdicts : public VerdictSource {
 public:
  ClaimedVerdicts(PartitionId partition, Topic& claims, Topic& verdicts)
      : link_(partition, claims, verdicts) {}

  Result<void> restore(ByteReader& /*in*/) override { return {}; }
  void begin(Offset counted, Offset verdicts_from) override;
  /// All verdicts that were there when it began are read.
  bool is_ready() const override { return ready_; }
  void ask(const std::vector<Claim>& claims) override;
  Result<void> step() override;
  Result<std::optional<Verdict>> of(const Claim& claim) override {
    return awaited_.of(claim.offset);
  }
  void counted(const Claim& /*claim*/, ProcessingTime /*time*/, Verdict /*verdict*/) override {}

  SettledMark freeze(const SettledMark& counted) override { return counted; }
  void encode(ByteWriter& /*out*/) const override {}
  Offset needed_from(Offset counted) const override {
    return awaited_.needed_from(counted, link_.position());
  }
  void settled(const SettledMark& mark) override;
  std::uint64_t news() const override { return 0; }

  std::optional<MissedDuplicates> missed() const override { return std::nullopt; }
  std::uint64_t contradictions() const override { return awaited_.contradictions(); }

 private:
  ClaimsLink link_;
  AwaitedVerdicts awaited_;
  bool ready_ = false;
};

}  // namespace hapax
