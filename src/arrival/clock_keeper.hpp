// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "arrival/arrival_clock.hpp"
#include "arrival/clock_judge.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/clock.hpp"
#include "ports/clock_status.hpp"
#include "ports/event_log.hpp"
#include "record/clock_state.hpp"

namespace hapax {

struct ClockKeeperSettings {
  ClockLimits limits;
  /// After so long without a step or a word a doubted clock is believed, but for what it would
  /// make forget.
  std::chrono::nanoseconds steady_after = std::chrono::hours(2);
  Microseconds retention_age{};       ///< As the log's.
  std::uint64_t retention_bytes = 0;  ///< As the log's.
  bool trust_start = false;           ///< The first reading is always believed.
};

/// Decides whether our clock is believed, and says it in the log (record/clock_state.hpp). While it
/// is doubted, arrivals carry the number of the doubt and no file of the log is dropped. A doubt
/// ends when the kernel says that the clock is synchronised, by an operator's accept() or
/// correct(), or after steady_after; only the first three say that the clock is right, so after
/// the last, and after a correction, files stay for retention_age of running time more, as far as
/// retention_bytes allows. Up to the first tick() every file stays.
/// Threading: all calls may run at the same time. Lifetime: the parts must outlive it.
class ClockKeeper {
 public:
  struct Parts {
    StampClock& clock;
    ArrivalClock& arrivals;  ///< Draws from `clock`.
    EventLog& log;
    /// Whether the kernel says that the machine's clock is synchronised.
    std::function<bool()> is_synchronised;
    /// Why state cannot be made anew from the log, which a correction needs; empty: it can.
    std::function<std::string()> rebuild_obstacle;
  };

  /// Judges the clock's reading; before anything else is appended or released in this start.
  /// `closed_until`: what is complete by the last checkpoint.
  /// Errors: kCorrupt, the log's end cannot be read; those of the log.
  static Result<std::unique_ptr<ClockKeeper>> start(const ClockKeeperSettings& settings,
                                                    Parts parts, EventTime closed_until);

  /// To be called about once a second, once every reader of the log has subscribed: ends a doubt
  /// when there is a reason to, follows a step of the wall clock that is synchronised. Errors:
  /// those of the log; the next call tries again.
  Result<void> tick();

  /// The clock is right. Errors: those of the log.
  Result<void> accept();
  /// The clock was wrong by `shift` in this doubt, and is moved by it; nothing: by as much as the
  /// machine's clock has stepped. Errors: kInvalid, it is not in doubt, or did not step, or state
  /// cannot be made anew; those of the log.
  Result<void> correct(std::optional<Microseconds> shift);

  /// Never waits for the log.
  ClockStatus status() const;

 private:
  enum class Hold { kNone, kUpToBytes, kAll };
  /// Why a doubt ends.
  enum class Belief { kSteady, kConfirmed, kAccepted };

  ClockKeeper(const ClockKeeperSettings& settings, Parts parts);

  Result<void> judge(EventTime closed_until) HAPAX_REQUIRES(mutex_);
  Result<void> say(ClockState state) HAPAX_REQUIRES(mutex_);
  Result<void> end_doubt(Microseconds shift, Belief belief) HAPAX_REQUIRES(mutex_);
  Result<void> follow(Microseconds stepped) HAPAX_REQUIRES(mutex_);
  bool needs_rebuild(const ClockState& state) const HAPAX_REQUIRES(mutex_);
  ProcessingTime running_now() const HAPAX_REQUIRES(mutex_);
  void hold_files() HAPAX_REQUIRES(mutex_);
  void hold(Hold wanted) HAPAX_REQUIRES(mutex_);
  void publish() HAPAX_REQUIRES(mutex_);

  const ClockKeeperSettings settings_;
  const Parts parts_;
  Mutex mutex_;
  ClockState state_ HAPAX_GUARDED_BY(mutex_);
  std::optional<ProcessingTime> newest_ HAPAX_GUARDED_BY(mutex_);  // In the log at the start.
  ProcessingTime running_ HAPAX_GUARDED_BY(mutex_);                // Greatest running time known.
  std::chrono::nanoseconds steady_since_ HAPAX_GUARDED_BY(mutex_);
  std::string obstacle_ HAPAX_GUARDED_BY(mutex_);  // Why a doubt could not end.
  Hold hold_ HAPAX_GUARDED_BY(mutex_) = Hold::kNone;
  mutable Mutex status_mutex_;  // Taken after mutex_.
  ClockStatus status_ HAPAX_GUARDED_BY(status_mutex_);
};

}  // namespace hapax
