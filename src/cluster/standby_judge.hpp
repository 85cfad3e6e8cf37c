// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "cluster/claims_state.hpp"
#include "cluster/judged_claims.hpp"
#include "cluster/state_copy.hpp"

namespace hapax {

/// Judges a partition of claims beside its owner, from a copy of the state that is kept, so that
/// verdicts can come at once when the owner is gone. What it says is what the owner says, since it
/// follows from the claims alone; it begins silent. It keeps nothing, deletes nothing, and deposes
/// nobody. It goes on with each call of step(). Threading and lifetime: as ClaimsOwner.
class StandbyJudge {
 public:
  struct Parts {
    Topic& events;  ///< As of ClaimsOwner.
    Topic& claims;
    Topic& verdicts;
    ObjectStore& objects;
    SideWork& side;
    RestorationLine& line;
    JudgedClaims& judged;  ///< It must not have begun.
  };

  StandbyJudge(PartitionId partition, const Parts& parts);

  /// Errors: kCorrupt, and every error before the state is here: it is of no use any more; others,
  /// try again.
  Result<void> step();

  bool is_restored() const { return !copy_; }
  /// As of EventsOwner.
  std::string waits_for() const { return copy_ ? copy_->waits_for() : ""; }

 private:
  Result<void> restore();

  JudgedClaims& judged_;
  std::optional<StateCopy> copy_;  // Until it is restored.
  ClaimsRestoration restoration_;
};

}  // namespace hapax
