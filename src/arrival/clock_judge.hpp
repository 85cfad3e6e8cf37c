// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "record/clock_state.hpp"

namespace hapax {

/// What is known at a start, beside the state that the log holds.
struct ClockEvidence {
  ProcessingTime reading;                 ///< The clock's first.
  bool is_confirmed = false;              ///< Somebody who must know says that it is right.
  std::optional<ProcessingTime> newest;   ///< Stamp in the log under which the clock ran last.
  std::optional<ProcessingTime> running;  ///< Greatest running time in the log.
  EventTime closed_until;                 ///< What is complete by now.
};

struct ClockLimits {
  Microseconds jump_max = std::chrono::hours(24);
  Microseconds ahead_limit{};  ///< See DoubtedEpoch.
};

/// The state that a start under `evidence` leads to. A first reading is taken when it is confirmed
/// or when all jumps since one was, this one included, are no more than jump_max; a machine that
/// was off looks the same as a jump. Else what comes is doubted. A confirmed reading ends older
/// doubts: see end_doubts().
ClockState judge_start(ClockState state, const ClockEvidence& evidence, const ClockLimits& limits);

/// What the doubts of `state` come to when the clock is believed, and was wrong by `shift` in the
/// current one. Of an older one is known that it was between what was received before it and
/// `until`, or the one after it: where its stamps are not, they are moved to the end of that. Of
/// more corrections than a state has room for the oldest are left out.
ClockState end_doubts(ClockState state, Microseconds shift, ProcessingTime until);

}  // namespace hapax
