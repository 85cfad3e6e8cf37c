// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster/claim_judge.hpp"
#include "cluster/movable_state.hpp"

namespace hapax {

/// A state that has a judge and its ids in it. Threading: one owner.
class JudgeState : public MovableState {
 public:
  /// Only when restored.
  virtual ClaimJudge& judge() = 0;
};

}  // namespace hapax
