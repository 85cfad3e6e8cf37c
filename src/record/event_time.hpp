// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.hpp"
#include "core/timestamp.hpp"

namespace hapax {

/// A clock is ahead when it was read later than we received; less is the jitter of good clocks.
constexpr Microseconds kAheadDeadBand = std::chrono::seconds(1);
/// A clock seems behind when it was read longer ago than a request takes on its way.
constexpr Microseconds kBehindDeadBand = std::chrono::seconds(150);
/// A larger error is no error of a clock that can be relied on otherwise: nothing is moved by it.
constexpr Microseconds kCorrectionMax = std::chrono::hours(24 * 30);

/// What a device says about an event.
struct DeviceTimes {
  std::optional<Timestamp> act;      ///< Its clock at the act; nothing: not sent, or unreadable.
  bool is_act_unreadable = false;    ///< It was sent.
  std::optional<Timestamp> sent_at;  ///< Its clock at sending, of this try or an earlier one.
};

/// How an event's time came about.
enum class EventTimeReason : std::uint8_t {
  kAsSent,
  kAtArrival,        ///< No time was sent.
  kUnreadable,       ///< One was sent that cannot be read: the time of arrival.
  kAheadCorrected,   ///< The clock is ahead: moved back by as much.
  kBehindCorrected,  ///< The clock is behind, for certain: moved on by as much.
  kBehindLeft,       ///< The clock seems behind, or the delivery took long: as sent.
  kTooFarAhead,      ///< It would be too far ahead of us: the time of arrival.
};

struct EventTimeDecision {
  EventTime event_time;
  EventTimeReason reason = EventTimeReason::kAsSent;
  /// Of the clock's error by sent_at, or, for kTooFarAhead, of the time ahead. Never negative.
  Microseconds size{0};
};

/// True when the clock that `times.act` was read from seems behind, by more than kBehindDeadBand.
/// Whether that is its error or the delivery's delay depends on the library that sent it.
bool seems_behind(const DeviceTimes& times, ProcessingTime received_at);

/// The time at which an event happened, by what its device says and when it came.
///
/// A clock that is ahead of ours is surely wrong. One that seems behind may be right, and the event
/// was on its way for long: most libraries keep sent_at over all their retries, so an outage would
/// move their events by its length. The first line that applies decides:
///
/// | act | sent_at | event time | reason |
/// |---|---|---|---|
/// | not sent | any | received_at | kAtArrival |
/// | unreadable | any | received_at | kUnreadable |
/// | any | none, or only one of both has a zone | act | kAsSent |
/// | any | ahead of received_at by kAheadDeadBand or less | act | kAsSent |
/// | any | ahead by up to kCorrectionMax | act - error | kAheadCorrected |
/// | any | ahead by more | act | kAsSent |
/// | any | behind by kBehindDeadBand or less | act | kAsSent |
/// | any | behind by up to kCorrectionMax, `sent_at_is_fresh` | act + error | kBehindCorrected |
/// | any | behind otherwise | act | kBehindLeft |
///
/// and in the end, whatever the line: more than `ahead_limit` after received_at becomes
/// received_at, kTooFarAhead. Sums saturate at the ends of EventTime. `sent_at_is_fresh`: it is
/// certain that sent_at was set for this try to send.
EventTimeDecision decide_event_time(const DeviceTimes& times, ProcessingTime received_at,
                                    bool sent_at_is_fresh, Microseconds ahead_limit);

/// The record's flags (record/event.hpp) for a decision.
std::uint32_t event_flags(EventTimeReason reason);

}  // namespace hapax
