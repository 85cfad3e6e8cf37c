// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include "ports/clock.hpp"

namespace hapax {

/// The machine's clocks. The monotonic one counts the time that the machine was suspended: what has
/// an age or a timeout gets older meanwhile, and GuardedClock takes no suspension for a step.
class SystemClock : public Clock {
 public:
  ProcessingTime now() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return ProcessingTime(std::chrono::duration_cast<Microseconds>(now));
  }

  std::chrono::nanoseconds monotonic() const override { return read(CLOCK_BOOTTIME); }
  std::chrono::nanoseconds worked() const override { return read(CLOCK_THREAD_CPUTIME_ID); }

 private:
  static std::chrono::nanoseconds read(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
};

}  // namespace hapax
