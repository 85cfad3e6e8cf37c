// SPDX-License-Identifier: Apache-2.0
#include "cluster/own_verdicts.hpp"

namespace hapax {
namespace {

/// A judge of one partition alone calls it so.
constexpr PartitionId kOwn{0};

}  // namespace

void OwnVerdicts::ask(const std::vector<Claim>& claims) {
  for (const Claim& claim : claims) {
    state_.judge().prefetch(claim.seen.id);
  }
}

Result<std::optional<Verdict>> OwnVerdicts::of(const Claim& claim) {
  return state_.judge().judge(kOwn, claim);
}

void OwnVerdicts::counted(const Claim& claim, ProcessingTime time, Verdict verdict) {
  if (verdict == Verdict::kUnique) {
    watch_.pass(claim, time);
  }
}

SettledMark OwnVerdicts::freeze(const SettledMark& counted) {
  SettledMark own = counted;
  own.partition = kOwn;
  state_.judge().settle(own).permit_unchecked_error();  // There is this partition.
  return watch_.settles(counted);
}

}  // namespace hapax
