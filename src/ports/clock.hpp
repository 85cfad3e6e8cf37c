// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "core/time.hpp"

namespace hapax {

/// Where time comes from, so that tests and simulations own it.
/// Threading: all calls may run at the same time.
class Clock {
 public:
  virtual ~Clock() = default;

  /// UTC now. May step back (NTP, an operator): stamps only.
  virtual ProcessingTime now() const = 0;
  /// Never steps back; the zero point is arbitrary. Intervals only.
  virtual std::chrono::nanoseconds monotonic() const = 0;
  /// What the calling thread has worked, from an arbitrary zero point. For budgets, so that nobody
  /// pays for what others take of the machine. A clock that does not know has one time for all.
  virtual std::chrono::nanoseconds worked() const { return monotonic(); }
};

/// The clock that stamps are drawn from. It does not follow a step of the machine's wall clock by
/// itself.
/// Threading: as Clock.
class StampClock : public Clock {
 public:
  /// How far the wall clock is ahead of now(), negative behind; zero while it is followed. To be
  /// called now and then, so that a slew is followed while nobody asks for the time.
  virtual Microseconds stepped() const = 0;
  /// Moves now() by `by`.
  virtual void step(Microseconds by) = 0;
};

}  // namespace hapax
