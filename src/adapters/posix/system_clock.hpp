#pragma once

#include "ports/clock.hpp"

namespace hapax {

/// The machine's clocks.
class SystemClock : public Clock {
 public:
  ProcessingTime now() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return ProcessingTime(std::chrono::duration_cast<Microseconds>(now));
  }

  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

}  // namespace hapax
