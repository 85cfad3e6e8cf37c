// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "core/ids.hpp"
#include "core/mutex.hpp"
#include "core/time.hpp"
#include "ports/clock.hpp"

namespace hapax {

/// Draws the received at of requests and knows which are still on their way into the log, so that
/// nobody takes for past what an unfinished request may still carry. A request is registered before
/// its time is drawn: wherever the process is paused (SIGSTOP, a machine moved), what comes out of
/// it later was accounted for all the while (reliability row 51). While our clock is in doubt, each
/// is drawn with the number of the doubt, and nothing is known to be past.
/// Threading: all calls may run at the same time. Lifetime: `clock` must outlive it.
class ArrivalClock {
 public:
  explicit ArrivalClock(const Clock& clock) : clock_(clock) {}

  /// One request, from before its time is drawn to its end. Lifetime: the clock must outlive it.
  class Arrival {
   public:
    Arrival(Arrival&& other) noexcept
        : clock_(std::exchange(other.clock_, nullptr)),
          place_(other.place_),
          received_at_(other.received_at_),
          clock_epoch_(other.clock_epoch_) {}
    Arrival& operator=(Arrival&& other) noexcept {
      std::swap(clock_, other.clock_);
      std::swap(place_, other.place_);
      std::swap(received_at_, other.received_at_);
      std::swap(clock_epoch_, other.clock_epoch_);
      return *this;
    }
    ~Arrival();

    ProcessingTime received_at() const { return received_at_; }
    /// The doubt of received_at().
    ClockEpoch clock_epoch() const { return clock_epoch_; }

   private:
    friend ArrivalClock;
    using Place = std::multiset<ProcessingTime>::iterator;
    Arrival(ArrivalClock& clock, Place place) : clock_(&clock), place_(place) {}

    ArrivalClock* clock_;  ///< Null once moved from.
    Place place_;
    ProcessingTime received_at_;
    ClockEpoch clock_epoch_;
  };

  /// Its received_at() is never less than one drawn before, but for what step() and end_doubt()
  /// say.
  Arrival arrive();

  /// Every arrival before it has ended, and none to come is before it; with a doubt that has ended
  /// since, as far as it was off. Goes back only by step() and end_doubt(). In a doubt the least of
  /// all times.
  ProcessingTime settled();

  /// Whether no arrival is open: all were answered.
  bool idle();

  /// Arrivals to come are of this doubt.
  void begin_doubt(ClockEpoch epoch);
  /// Those to come are of none. `clock`, the one that is drawn from, was wrong by `shift` in it and
  /// is moved by it.
  void end_doubt(Microseconds shift, StampClock& clock);
  /// Moves `clock`, the one that is drawn from, by `shift`. For those to come; those drawn stay.
  void step(Microseconds shift, StampClock& clock);

 private:
  /// Calls `use(now)` under the lock, with a reading that no move of the clock came behind.
  template <typename Use>
  void with_reading(const Use& use);

  const Clock& clock_;
  Mutex mutex_;
  // Times less moved_, so that the end of a doubt moves them all.
  std::multiset<ProcessingTime> open_ HAPAX_GUARDED_BY(mutex_);
  ProcessingTime newest_ HAPAX_GUARDED_BY(mutex_) = ProcessingTime::min();
  Microseconds moved_ HAPAX_GUARDED_BY(mutex_){0};
  ClockEpoch epoch_ HAPAX_GUARDED_BY(mutex_) = kUndoubted;
  std::uint64_t moves_ HAPAX_GUARDED_BY(mutex_) = 0;
};

}  // namespace hapax
