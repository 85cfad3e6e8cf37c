// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace hapax {

using Microseconds = std::chrono::duration<std::int64_t, std::micro>;

/// UTC of an act, as clients claim it. Microseconds since 1970-01-01, negative before it.
struct EventClock {
  using duration = Microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<EventClock>;
  static constexpr bool is_steady = false;
};

/// UTC by our own clock. May step back: use it to stamp and to show, never to measure.
struct ProcessingClock {
  using duration = Microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<ProcessingClock>;
  static constexpr bool is_steady = false;
};

using EventTime = EventClock::time_point;
using ProcessingTime = ProcessingClock::time_point;

/// The one place where our clock's reading becomes a time that events are compared with.
constexpr EventTime as_event_time(ProcessingTime time) {
  return EventTime(time.time_since_epoch());
}

constexpr std::int64_t to_micros(EventTime time) {
  return time.time_since_epoch().count();
}
constexpr std::int64_t to_micros(ProcessingTime time) {
  return time.time_since_epoch().count();
}
constexpr EventTime event_time_from_micros(std::int64_t micros) {
  return EventTime(Microseconds(micros));
}
constexpr ProcessingTime processing_time_from_micros(std::int64_t micros) {
  return ProcessingTime(Microseconds(micros));
}

}  // namespace hapax
