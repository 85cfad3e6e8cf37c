// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "alerts/alert_reading.hpp"
#include "alerts/alert_rule.hpp"
#include "core/time.hpp"

namespace hapax {

enum class AlertState : std::uint8_t {
  kUnknown,  ///< Nobody can know, with the reason; or it was not looked at yet.
  kOk,
  kFiring,
};

/// From firing until it is over.
struct Firing {
  std::string id;     ///< One of a kind.
  std::string alert;  ///< Its rule.
  std::string name;
  ProcessingTime since;
  std::optional<ProcessingTime> until = {};
  Reading value = {};       ///< When it began.
  bool is_dropped = false;  ///< It ended as its rule was dropped.
};

constexpr std::size_t kFiringsKept = 100;

enum class NoticeKind : std::uint8_t { kFiring, kRepeat, kResolved, kTest };

/// What is to be told.
struct Notice {
  NoticeKind kind = NoticeKind::kFiring;
  Firing firing = {};
  ProcessingTime at = {};
  Reading value = {};
};

enum class DeliveryState : std::uint8_t { kWaiting, kDelivered, kGaveUp };

/// The way of the last notice of an alert over a channel.
struct AlertDelivery {
  Notice notice = {};
  DeliveryState state = DeliveryState::kWaiting;
  std::uint32_t tries = 0;
  std::optional<ProcessingTime> last_try = {};
  std::string error = {};             ///< Of the last try; empty: it went well.
  std::chrono::nanoseconds due = {};  ///< Monotonic; not stored: due after a start.
  std::uint64_t number = 0;           ///< Of this process; not stored.
};

/// What is known of a rule.
struct AlertStatus {
  AlertState state = AlertState::kUnknown;
  std::string reason = "it was not looked at yet";  ///< Of kUnknown.
  Reading value = {};
  std::optional<ProcessingTime> looked_at = {};
  std::uint32_t met = 0;              ///< Evaluations in a row that found it so.
  std::optional<Firing> firing = {};  ///< Also while it is unknown whether it is over.
  ProcessingTime told_at = {};        ///< When it was told last that it fires.
  std::array<std::optional<AlertDelivery>, kChannels.size()> deliveries = {};
};

/// Takes in what an evaluation found. Returns what is to be told of it, once for each change.
/// `firing_id`: of a firing that may begin.
std::optional<NoticeKind> take_in(const AlertRule& rule, const Result<Reading>& reading,
                                  ProcessingTime now, const std::string& id, std::string firing_id,
                                  AlertStatus& status);

/// The time until the next try after `tries` that failed; nothing: that was the last one. A second,
/// doubled with each up to five minutes; 20 tries are an hour and a quarter.
std::optional<std::chrono::nanoseconds> next_try_after(std::uint32_t tries);

std::string_view text_of(AlertState state);
std::string_view text_of(NoticeKind kind);
std::string_view text_of(Channel channel);
std::string_view text_of(DeliveryState state);

}  // namespace hapax
