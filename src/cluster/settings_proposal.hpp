// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster/control_follower.hpp"
#include "cluster/control_note.hpp"
#include "cluster/ordered_appender.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// Puts settings in force in a cluster that has some. Of two that are proposed at one time the
/// first in the topic of control holds, and the other's proposer is told.
/// Threading: one owner. Lifetime: `control` and `follower` must outlive it; it must outlive what
/// it appends, or the process end with it.
class SettingsProposal {
 public:
  /// `follower`: of `control`, has read all; it has it step. `next`: the epoch is given.
  SettingsProposal(ClusterSettings next, Topic& control, ControlFollower& follower);
  SettingsProposal(const SettingsProposal&) = delete;
  SettingsProposal& operator=(const SettingsProposal&) = delete;

  /// Goes on; to be called now and then. True: they hold. Errors: kInvalid, others came first;
  /// kCorrupt, the topic is not what it must be; kUnavailable, call it again.
  Result<bool> step();

 private:
  ClusterSettings next_;
  ControlFollower& follower_;
  OrderedAppender notes_;
};

}  // namespace hapax
