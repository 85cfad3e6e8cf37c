#pragma once

#include <set>
#include <utility>

#include "core/mutex.hpp"
#include "core/time.hpp"
#include "ports/clock.hpp"

namespace hapax {

/// Draws the received at of requests and knows which are still on their way into the log, so that
/// nobody takes for past what an unfinished request may still carry. A request is registered before
/// its time is drawn: wherever the process is paused (SIGSTOP, a machine moved), what comes out of
/// it later was accounted for all the while (reliability row 51). Threading: all calls may run at
/// the same time. Lifetime: `clock` must outlive it.
class ArrivalClock {
 public:
  explicit ArrivalClock(const Clock& clock) : clock_(clock) {}

  /// One request, from before its time is drawn to its end. Lifetime: the clock must outlive it.
  class Arrival {
   public:
    Arrival(Arrival&& other) noexcept
        : clock_(std::exchange(other.clock_, nullptr)),
          place_(other.place_),
          received_at_(other.received_at_) {}
    Arrival& operator=(Arrival&& other) noexcept {
      std::swap(clock_, other.clock_);
      std::swap(place_, other.place_);
      std::swap(received_at_, other.received_at_);
      return *this;
    }
    ~Arrival();

    ProcessingTime received_at() const { return received_at_; }

   private:
    friend ArrivalClock;
    using Place = std::multiset<ProcessingTime>::iterator;
    Arrival(ArrivalClock& clock, Place place) : clock_(&clock), place_(place) {}

    ArrivalClock* clock_;  ///< Null once moved from.
    Place place_;
    ProcessingTime received_at_;
  };

  /// Its received_at() is never less than one drawn before.
  Arrival arrive();

  /// Every arrival before it has ended, and none to come is before it. Never goes back.
  ProcessingTime settled();

  /// Whether no arrival is open: all were answered.
  bool idle();

 private:
  const Clock& clock_;
  Mutex mutex_;
  std::multiset<ProcessingTime> open_ HAPAX_GUARDED_BY(mutex_);  ///< None is above newest_.
  ProcessingTime newest_ HAPAX_GUARDED_BY(mutex_) = ProcessingTime::min();
};

}  // namespace hapax
