// SPDX-License-Identifier: Apache-2.0
#include "record/event_time.hpp"

#include "core/time_math.hpp"
#include "record/event.hpp"

namespace hapax {
namespace {

// By how much the device's clock was ahead of ours when it sent; negative behind. Saturates.
Microseconds ahead_of(EventTime sent_at, ProcessingTime received_at) {
  std::int64_t error = 0;
  if (__builtin_sub_overflow(to_micros(sent_at), to_micros(received_at), &error)) {
    return to_micros(sent_at) > 0 ? Microseconds::max() : -Microseconds::max();
  }
  return error == Microseconds::min().count() ? -Microseconds::max() : Microseconds(error);
}

// Nothing when sent_at says nothing about the clock that `act` was read from.
std::optional<Microseconds> clock_error(const DeviceTimes& times, ProcessingTime received_at) {
  if (!times.sent_at || (times.act && times.act->has_zone != times.sent_at->has_zone)) {
    return std::nullopt;
  }
  return ahead_of(times.sent_at->time, received_at);
}

EventTimeDecision by_clock_error(EventTime act, Microseconds error, bool sent_at_is_fresh) {
  if (error > kAheadDeadBand && error <= kCorrectionMax) {
    return {saturating_add(act, -error), EventTimeReason::kAheadCorrected, error};
  }
  if (error >= -kBehindDeadBand) {
    return {.event_time = act};
  }
  if (sent_at_is_fresh && -error <= kCorrectionMax) {
    return {saturating_add(act, -error), EventTimeReason::kBehindCorrected, -error};
  }
  return {act, EventTimeReason::kBehindLeft, -error};
}

EventTimeDecision uncapped(const DeviceTimes& times, ProcessingTime received_at,
                           bool sent_at_is_fresh) {
  if (!times.act) {
    return {as_event_time(received_at),
            times.is_act_unreadable ? EventTimeReason::kUnreadable : EventTimeReason::kAtArrival};
  }
  const auto error = clock_error(times, received_at);
  return by_clock_error(times.act->time, error.value_or(Microseconds(0)), sent_at_is_fresh);
}

}  // namespace

bool seems_behind(const DeviceTimes& times, ProcessingTime received_at) {
  const auto error = clock_error(times, received_at);
  return times.act && error && *error < -kBehindDeadBand;
}

EventTimeDecision decide_event_time(const DeviceTimes& times, ProcessingTime received_at,
                                    bool sent_at_is_fresh, Microseconds ahead_limit) {
  const EventTimeDecision decision = uncapped(times, received_at, sent_at_is_fresh);
  const EventTime arrival = as_event_time(received_at);
  if (decision.event_time > saturating_add(arrival, ahead_limit)) {
    return {arrival, EventTimeReason::kTooFarAhead, ahead_of(decision.event_time, received_at)};
  }
  return decision;
}

std::uint32_t event_flags(EventTimeReason reason) {
  switch (reason) {
    case EventTimeReason::kAsSent:
    case EventTimeReason::kAtArrival:
      return 0;
    case EventTimeReason::kUnreadable:
      return kEventFlagTimeUnreadable;
    case EventTimeReason::kAheadCorrected:
    case EventTimeReason::kBehindCorrected:
      return kEventFlagClockCorrected;
    case EventTimeReason::kBehindLeft:
      return kEventFlagClockBehind;
    case EventTimeReason::kTooFarAhead:
      return kEventFlagClockAhead;
  }
  return 0;
}

}  // namespace hapax
