// SPDX-License-Identifier: Apache-2.0
#include "arrival/clock_keeper.hpp"

#include <algorithm>
#include <utility>

#include "arrival/control_append.hpp"
#include "arrival/log_end.hpp"
#include "core/time_math.hpp"
#include "core/timestamp.hpp"

namespace hapax {
namespace {

constexpr const char* kHolder = "clock";

std::string text_of(ProcessingTime time) {
  return to_iso8601(as_event_time(time));
}

}  // namespace

ClockKeeper::ClockKeeper(const ClockKeeperSettings& settings, Parts parts)
    : settings_(settings), parts_(std::move(parts)), steady_since_(parts_.clock.monotonic()) {}

Result<std::unique_ptr<ClockKeeper>> ClockKeeper::start(const ClockKeeperSettings& settings,
                                                        Parts parts, EventTime closed_until) {
  std::unique_ptr<ClockKeeper> keeper(new ClockKeeper(settings, std::move(parts)));
  const MutexLock lock(keeper->mutex_);
  keeper->hold(Hold::kAll);
  HAPAX_TRY(keeper->judge(closed_until));
  keeper->publish();
  return keeper;
}

Result<void> ClockKeeper::judge(EventTime closed_until) {
  HAPAX_ASSIGN(const auto said, clock_state_among(parts_.log.controls().at_end));
  state_ = said.value_or(ClockState());
  HAPAX_ASSIGN(const LogEnd end, read_log_end(parts_.log, state_));
  // Asked first: who sets the machine's clock says afterwards that it is right.
  const bool is_confirmed = settings_.trust_start || parts_.is_synchronised();
  parts_.arrivals.step(parts_.clock.stepped(), parts_.clock);
  newest_ = end.newest;
  running_ = end.running.value_or(ProcessingTime::min());
  ClockState judged = judge_start(state_,
                                  {.reading = parts_.clock.now(),
                                   .is_confirmed = is_confirmed,
                                   .newest = end.newest,
                                   .running = end.running,
                                   .closed_until = closed_until},
                                  settings_.limits);
  obstacle_ = needs_rebuild(judged) ? parts_.rebuild_obstacle() : std::string();
  if (!obstacle_.empty()) {
    judged.doubted = state_.doubted;  // Older ones; they stay what they are.
    judged.corrections = state_.corrections;
  }
  if (judged.is_doubted) {
    parts_.arrivals.begin_doubt(judged.newest);
  }
  return judged == state_ ? Result<void>() : say(std::move(judged));
}

/// Returns when it is durable.
Result<void> ClockKeeper::say(ClockState state) {
  ++state.number;
  state.running = running_;
  HAPAX_TRY(append_control(kClockControl, encode_clock_state(state), parts_.log, parts_.arrivals));
  state_ = std::move(state);
  return {};
}

Result<void> ClockKeeper::tick() {
  const MutexLock lock(mutex_);
  const bool is_synchronised = parts_.is_synchronised();  // Asked first, as in judge().
  const Microseconds stepped = parts_.clock.stepped();
  const std::chrono::nanoseconds now = parts_.clock.monotonic();
  if (stepped != Microseconds(0)) {
    steady_since_ = now;
  }
  if (is_synchronised) {
    HAPAX_TRY(state_.is_doubted ? end_doubt(stepped, Belief::kConfirmed) : follow(stepped));
  } else if (state_.is_doubted && now - steady_since_ >= settings_.steady_after) {
    HAPAX_TRY(end_doubt(Microseconds(0), Belief::kSteady));
  }
  hold_files();
  publish();
  return {};
}

Result<void> ClockKeeper::accept() {
  const MutexLock lock(mutex_);
  HAPAX_TRY(end_doubt(Microseconds(0), Belief::kAccepted));
  hold_files();
  publish();
  return {};
}

Result<void> ClockKeeper::correct(std::optional<Microseconds> shift) {
  const MutexLock lock(mutex_);
  if (!state_.is_doubted) {
    return Error{ErrorKind::kInvalid, "the clock is not in doubt: its times stand",
                 "see hapax clock status"};
  }
  const Microseconds by = shift.value_or(parts_.clock.stepped());
  if (by == Microseconds(0)) {
    return Error{ErrorKind::kInvalid, "the machine's clock agrees with the doubted one",
                 "set the machine's clock first, or say --shift, or accept it"};
  }
  HAPAX_TRY(end_doubt(by, Belief::kConfirmed));
  hold_files();
  publish();
  if (!obstacle_.empty()) {
    return Error{ErrorKind::kInvalid, "counts cannot be corrected: " + obstacle_,
                 "hapax clock accept keeps them as they are"};
  }
  return {};
}

/// Nothing, while what it would correct cannot be made anew; what is accepted stays then.
Result<void> ClockKeeper::end_doubt(Microseconds shift, Belief belief) {
  const ProcessingTime now = parts_.clock.now();
  ClockState ended = end_doubts(state_, shift, saturating_add(now, shift));
  obstacle_ = needs_rebuild(ended) ? parts_.rebuild_obstacle() : std::string();
  if (!obstacle_.empty() && belief == Belief::kAccepted) {
    ended.corrections = state_.corrections;
    obstacle_.clear();
  }
  if (!obstacle_.empty()) {
    return {};
  }
  ended.is_confirmed = belief != Belief::kSteady;
  if (!ended.is_confirmed || needs_rebuild(ended)) {
    ended.keep_until = saturating_add(running_now(), settings_.retention_age);
  }
  if (ended == state_) {
    return {};
  }
  running_ = std::max(running_, running_now());
  const bool was_doubted = state_.is_doubted;
  HAPAX_TRY(say(std::move(ended)));
  if (was_doubted) {
    parts_.arrivals.end_doubt(shift, parts_.clock);
  }
  return {};
}

/// A clock that is synchronised is right; a step of it is no time that has passed. What is on its
/// way then must not seem to be of later than it is: so a step back lowers no lag, and running time
/// stands still until the next start does.
Result<void> ClockKeeper::follow(Microseconds stepped) {
  ClockState followed = state_;
  followed.jumps = Microseconds(0);
  followed.is_confirmed = true;
  followed.lag += std::max(stepped, Microseconds(0));
  if (stepped == Microseconds(0) && followed == state_) {
    return {};
  }
  running_ = std::max(running_, running_now());
  HAPAX_TRY(say(std::move(followed)));
  parts_.arrivals.step(stepped, parts_.clock);
  return {};
}

bool ClockKeeper::needs_rebuild(const ClockState& state) const {
  return state.corrections != state_.corrections;
}

ProcessingTime ClockKeeper::running_now() const {
  const ClockEpoch epoch = state_.is_doubted ? state_.newest : kUndoubted;
  return state_.running_time(parts_.clock.now(), epoch);
}

void ClockKeeper::hold_files() {
  hold(!state_.doubted.empty()             ? Hold::kAll
       : running_now() < state_.keep_until ? Hold::kUpToBytes
                                           : Hold::kNone);
}

void ClockKeeper::hold(Hold wanted) {
  if (wanted == std::exchange(hold_, wanted)) {
    return;
  }
  if (wanted == Hold::kNone) {
    parts_.log.unsubscribe(kHolder);
    return;
  }
  const auto limit = wanted == Hold::kAll ? std::nullopt : std::optional(settings_.retention_bytes);
  parts_.log.subscribe({.name = kHolder, .retained_bytes_limit = limit});
}

void ClockKeeper::publish() {
  ClockStatus status;
  status.is_doubted = state_.is_doubted;
  status.undecided = state_.doubted.size();
  status.keeps_files = hold_ != Hold::kNone;
  if (state_.is_doubted) {
    status.epoch = state_.newest;
    status.began = state_.doubted.back().began;
    status.reason = "the clock began at " + text_of(status.began) +
                    (newest_ ? ", the newest event before it is of " + text_of(*newest_)
                             : std::string(", and no event before it says whether that is right")) +
                    (obstacle_.empty() ? "" : "; counts cannot be corrected: " + obstacle_);
    status.hint =
        "if the clock is right: hapax clock accept; if not, set it, then: hapax clock correct";
  }
  const MutexLock lock(status_mutex_);
  status_ = std::move(status);
}

ClockStatus ClockKeeper::status() const {
  const Microseconds stepped = parts_.clock.stepped();
  const MutexLock lock(status_mutex_);
  ClockStatus status = status_;
  status.stepped = stepped;
  return status;
}

}  // namespace hapax
