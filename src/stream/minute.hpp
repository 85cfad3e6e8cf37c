// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "core/time.hpp"
#include "core/time_math.hpp"

namespace hapax {

// The minute of event time that holds `time`: [minute_start(), minute_end()). The books ask of it
// whether an event is late, whatever windows views have.

inline EventTime minute_start(EventTime time) {
  return floor_to(time, std::chrono::minutes(1));
}

inline EventTime minute_end(EventTime time) {
  return saturating_add(minute_start(time), std::chrono::minutes(1));
}

}  // namespace hapax
