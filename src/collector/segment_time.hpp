// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "collector/segment_request.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "record/event_time.hpp"

namespace hapax {

/// The times that an event is stored with.
struct EventTimes {
  std::optional<EventTime> original_timestamp;
  std::optional<EventTime> sent_at;
  std::string_view unreadable;  ///< As sent, where it cannot be read. Points into the request.
  EventTimeDecision decided;
  std::uint32_t flags = 0;  ///< Bits of EventFlag.
};

/// How and when a request came.
struct Delivery {
  ProcessingTime received_at;
  ClockEpoch clock_epoch = kUndoubted;  ///< The doubt of received_at.
  bool is_delayed = false;              ///< It is a retry, or an import of what happened long ago.
};

/// The times of `event` of `request`, which gives sent at to those without their own. Of
/// timestamp and originalTimestamp the first that can be read counts.
EventTimes times_of(const SegmentEvent& event, const SegmentRequest& request,
                    const Delivery& delivery, Microseconds ahead_limit);

}  // namespace hapax
