// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster/control_follower.hpp"
#include "cluster/control_note.hpp"
#include "cluster/ordered_appender.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// Why a role with `ours` must not run where `theirs` hold: kInvalid, with the setting, both values
/// and what to do. Neither epochs are compared, nor views: those of the cluster hold.
Result<void> check_agreement(const ClusterSettings& ours, const ClusterSettings& theirs);

/// Whether this role agrees with the cluster, before it does anything. The first role of a cluster
/// finds nothing in the topic of control and says its settings; since another one may do so at the
/// same time, it reads back which of them hold, and is compared with these as every later one is.
/// Threading: one owner. Lifetime: `control` and `follower` must outlive it; it must outlive what
/// it appends, or the process end with it.
class Agreement {
 public:
  /// `follower`: of `control`; it has it step.
  Agreement(ClusterSettings ours, Topic& control, ControlFollower& follower);
  Agreement(const Agreement&) = delete;
  Agreement& operator=(const Agreement&) = delete;

  /// Goes on; to be called now and then. True: they agree, and nothing is on its way.
  /// Errors: kInvalid, they do not, as of check_agreement(); kCorrupt, the topic is not what it
  /// must be; kUnavailable, call it again.
  Result<bool> step();

  /// What holds, once step() was true.
  const ClusterSettings& settings() const { return follower_.state().settings().newest(); }

 private:
  const ClusterSettings ours_;
  ControlFollower& follower_;
  OrderedAppender notes_;
  bool said_ = false;
};

}  // namespace hapax
