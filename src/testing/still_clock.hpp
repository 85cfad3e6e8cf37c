// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>

#include "ports/clock.hpp"

namespace hapax {

/// A clock that stands until it is set.
/// Threading: one thread sets, all may read.
class StillClock : public Clock {
 public:
  ProcessingTime now() const override { return now_.load(); }
  std::chrono::nanoseconds monotonic() const override { return monotonic_.load(); }
  void set_now(ProcessingTime now) { now_ = now; }
  void advance(std::chrono::nanoseconds by) {
    monotonic_ = monotonic() + by;
    now_ = now() + std::chrono::duration_cast<Microseconds>(by);
  }

 private:
  std::atomic<ProcessingTime> now_{ProcessingTime(std::chrono::hours(24 * 365 * 50))};
  std::atomic<std::chrono::nanoseconds> monotonic_{std::chrono::nanoseconds(0)};
};

}  // namespace hapax
