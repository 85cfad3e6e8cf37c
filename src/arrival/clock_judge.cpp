// SPDX-License-Identifier: Apache-2.0
#include "arrival/clock_judge.hpp"

#include <algorithm>
#include <ranges>

#include "core/time_math.hpp"

namespace hapax {
namespace {

/// Of two readings of our clock; a client has no hand in them, but a broken one reads anything.
Microseconds between(ProcessingTime from, ProcessingTime to) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(to_micros(to), to_micros(from), &difference)) {
    return to > from ? Microseconds::max() : -Microseconds::max();
  }
  return std::max(Microseconds(difference), -Microseconds::max());
}

/// What was stamped by an earlier start is not of the clock as it runs now.
void end_run(ClockState& state, const ClockEvidence& evidence) {
  if (state.is_doubted && evidence.newest) {
    state.doubted.back().newest = std::max(state.doubted.back().newest, *evidence.newest);
  }
  state.is_doubted = false;
}

/// Between two right readings as much time has passed as they say; else how much is not known. A
/// clock that is set back makes nothing younger.
ClockState confirm(ClockState state, const ClockEvidence& evidence) {
  const bool was_right = state.is_confirmed;
  end_run(state, evidence);
  state = end_doubts(std::move(state), Microseconds(0), evidence.reading);
  if (evidence.running) {
    const Microseconds lag = between(*evidence.running, evidence.reading);
    state.lag = was_right ? std::min(state.lag, lag) : lag;
  }
  state.is_confirmed = true;
  return state;
}

/// Within the limit. What was running time goes on.
void take_jump(ClockState& state, Microseconds jump, const ClockEvidence& evidence) {
  state.jumps += std::chrono::abs(jump);
  state.is_confirmed = false;
  if (!state.is_doubted && evidence.running) {
    state.lag = between(*evidence.running, evidence.reading);
  }
}

void begin_doubt(ClockState& state, const ClockEvidence& evidence, const ClockLimits& limits) {
  end_run(state, evidence);
  if (state.doubted.size() == ClockState::kDoubtedMax) {
    state.doubted.erase(state.doubted.begin());  // The oldest counts as stamped.
  }
  state.newest = ClockEpoch(state.newest.value() + 1);
  state.is_doubted = true;
  state.is_confirmed = false;
  state.jumps = Microseconds(0);
  state.doubted.push_back(
      {.epoch = state.newest,
       .began = evidence.reading,
       .lag = evidence.running ? between(*evidence.running, evidence.reading) : Microseconds(0),
       .newest = evidence.reading,
       .closed_until = evidence.closed_until,
       .ahead_limit = limits.ahead_limit});
}

/// By how much what was stamped in `doubt` must at least be moved to be where it can be.
Microseconds shift_into(const DoubtedEpoch& doubt, Microseconds lag, ProcessingTime until) {
  const ProcessingTime from = saturating_add(saturating_add(doubt.began, -doubt.lag), lag);
  const bool fits = from <= doubt.began && doubt.newest <= until;
  return fits ? Microseconds(0) : between(doubt.newest, until);
}

}  // namespace

ClockState judge_start(ClockState state, const ClockEvidence& evidence, const ClockLimits& limits) {
  if (evidence.is_confirmed) {
    return confirm(std::move(state), evidence);
  }
  const Microseconds jump =
      evidence.newest ? between(*evidence.newest, evidence.reading) : Microseconds(0);
  const Microseconds room = limits.jump_max - state.jumps;
  if (evidence.newest && std::chrono::abs(jump) <= room) {
    take_jump(state, jump, evidence);
  } else {
    begin_doubt(state, evidence, limits);
  }
  return state;
}

ClockState end_doubts(ClockState state, Microseconds shift, ProcessingTime until) {
  const Microseconds lag_before = state.lag;
  std::vector<ClockCorrection> corrections;
  for (const DoubtedEpoch& doubt : state.doubted | std::views::reverse) {
    const bool is_current = state.is_doubted && doubt.epoch == state.newest;
    const Microseconds by = is_current ? shift : shift_into(doubt, lag_before, until);
    if (is_current) {
      state.lag = doubt.lag + by;
    }
    if (by != Microseconds(0)) {
      corrections.push_back({.epoch = doubt.epoch, .shift = by, .ahead_limit = doubt.ahead_limit});
    }
    until = saturating_add(doubt.began, by);
  }
  state.corrections.insert(state.corrections.end(), corrections.rbegin(), corrections.rend());
  if (state.corrections.size() > ClockState::kCorrectionsMax) {
    state.corrections.erase(state.corrections.begin(),
                            state.corrections.end() - ClockState::kCorrectionsMax);
  }
  state.doubted.clear();
  state.is_doubted = false;
  state.jumps = Microseconds(0);
  return state;
}

}  // namespace hapax
