#pragma once

#include <chrono>

#include "ports/clock.hpp"

namespace hapax {

/// A clock that stands until it is set.
/// Threading: one caller at a time.
class StillClock : public Clock {
 public:
  ProcessingTime now() const override { return now_; }
  std::chrono::nanoseconds monotonic() const override { return monotonic_; }
  void set_now(ProcessingTime now) { now_ = now; }
  void advance(std::chrono::nanoseconds by) {
    monotonic_ += by;
    now_ += std::chrono::duration_cast<Microseconds>(by);
  }

 private:
  ProcessingTime now_{std::chrono::hours(24 * 365 * 50)};
  std::chrono::nanoseconds monotonic_{};
};

}  // namespace hapax
