// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

#include "ports/clock.hpp"

namespace hapax {

/// A clock that says no time before one that was called complete: what is stamped by it could not
/// be in what is complete any more.
/// Threading: as the port says; raise() from any thread. Lifetime: `clock` must outlive it.
class FlooredClock : public Clock {
 public:
  explicit FlooredClock(const Clock& clock) : clock_(clock) {}

  ProcessingTime now() const override {
    return std::max(clock_.now(), ProcessingTime(Microseconds(floor_.load())));
  }
  std::chrono::nanoseconds monotonic() const override { return clock_.monotonic(); }
  std::chrono::nanoseconds worked() const override { return clock_.worked(); }

  /// From now on now() is not before `floor`, nor before an earlier one.
  void raise(ProcessingTime floor) {
    const Microseconds::rep wanted = floor.time_since_epoch().count();
    Microseconds::rep there = floor_.load();
    while (there < wanted && !floor_.compare_exchange_weak(there, wanted)) {
    }
  }

 private:
  const Clock& clock_;
  std::atomic<Microseconds::rep> floor_{ProcessingTime::min().time_since_epoch().count()};
};

}  // namespace hapax
