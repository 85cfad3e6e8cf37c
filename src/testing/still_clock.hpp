// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "ports/clock.hpp"

namespace hapax {

/// A clock that stands until it is set.
/// Threading: one thread sets, all may read.
class StillClock : public Clock {
 public:
  ProcessingTime now() const override { return now_.load(); }
  std::chrono::nanoseconds monotonic() const override {
    ++looks_;
    return monotonic_.load();
  }
  /// Calls of monotonic(): while they grow, the threads that look at it are not asleep.
  std::uint64_t looks() const { return looks_; }
  void set_now(ProcessingTime now) { now_ = now; }
  void advance(std::chrono::nanoseconds by) {
    monotonic_ = monotonic() + by;
    now_ = now() + std::chrono::duration_cast<Microseconds>(by);
  }

 private:
  std::atomic<ProcessingTime> now_{ProcessingTime(std::chrono::hours(24 * 365 * 50))};
  std::atomic<std::chrono::nanoseconds> monotonic_{std::chrono::nanoseconds(0)};
  mutable std::atomic<std::uint64_t> looks_ = 0;
};

}  // namespace hapax
