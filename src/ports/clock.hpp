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
};

}  // namespace hapax
