// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/time.hpp"
#include "core/time_math.hpp"

namespace hapax {

/// [from, to) of received time.
struct TimeSpan {
  ProcessingTime from;
  ProcessingTime to;

  bool contains(ProcessingTime time) const { return from <= time && time < to; }
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

/// Received time in spans of a quarter of the dedup window
/// (docs/adr/0001-dedup-by-arrival-buckets.md).
constexpr std::int64_t kSpansPerWindow = 4;

/// The span of `time`. A quarter is rounded up, so that so many are never less than the window.
inline TimeSpan span_of(ProcessingTime time, Microseconds window) {
  const Microseconds width =
      std::max(Microseconds(1), (window + Microseconds(kSpansPerWindow - 1)) / kSpansPerWindow);
  const EventTime start = floor_to(as_event_time(time), width);
  const ProcessingTime from(start.time_since_epoch());
  return {.from = from, .to = saturating_add(from, width)};
}

/// What a partition has forgotten: ids of spans that end at or before the floor. It is a function
/// of the partition's records so far, each with the window in force there, and never falls: a
/// window that grows recognises what was not forgotten yet, and no more; holds_in_full() says from
/// when on it is as long as it says.
class ForgetFloor {
 public:
  /// Call for every event, before its id is looked up. Its span.
  const TimeSpan& pass(ProcessingTime received_at, Microseconds window) {
    if (window != window_ || !span_.contains(received_at)) {
      window_ = window;
      span_ = span_of(received_at, window);
      value_ = std::max(value_, floor_at(received_at, window));
    }
    return span_;
  }

  /// The floor that a record received then has at least.
  static ProcessingTime floor_at(ProcessingTime received_at, Microseconds window) {
    const TimeSpan span = span_of(received_at, window);
    return saturating_add(span.from, -kSpansPerWindow * (span.to - span.from));
  }

  bool remembers(const TimeSpan& span) const { return span.to > value_; }
  ProcessingTime value() const { return value_; }

  /// From then on everything within `window` is remembered.
  ProcessingTime holds_in_full(Microseconds window) const { return saturating_add(value_, window); }

  static ForgetFloor restored(ProcessingTime value) {
    ForgetFloor floor;
    floor.value_ = value;
    return floor;
  }

 private:
  ProcessingTime value_ = ProcessingTime::min();
  Microseconds window_{0};  // Of span_, the last one met; kept because most events share it.
  TimeSpan span_ = {};
};

}  // namespace hapax
