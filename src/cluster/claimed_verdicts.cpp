// SPDX-License-Identifier: Apache-2.0
#include "cluster/claimed_verdicts.hpp"

namespace hapax {

void ClaimedVerdicts::begin(Offset counted, Offset verdicts_from) {
  awaited_.forget_below(counted);
  link_.begin(verdicts_from);
}

/// What was decided already, since a former owner has claimed it, is not claimed again.
void ClaimedVerdicts::ask(const std::vector<Claim>& claims) {
  std::vector<Claim> undecided;
  undecided.reserve(claims.size());
  for (const Claim& claim : claims) {
    if (!awaited_.of(claim.offset)) {
      undecided.push_back(claim);
    }
  }
  link_.claim(undecided);
}

Result<void> ClaimedVerdicts::step() {
  HAPAX_TRY(link_.step([this](Offset at, const VerdictBlock& block) { awaited_.tell(at, block); }));
  ready_ = link_.has_read_former();
  return {};
}

void ClaimedVerdicts::settled(const SettledMark& mark) {
  awaited_.forget_below(mark.counted);
  link_.settle(mark);
}

}  // namespace hapax
