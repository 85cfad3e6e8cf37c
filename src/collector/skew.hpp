#pragma once

#include <optional>

#include "core/time.hpp"

namespace hapax {

struct DeviceTimes {
  std::optional<EventTime> original_timestamp;  ///< Device clock at the act.
  std::optional<EventTime> sent_at;             ///< The same clock at sending.
};

struct CorrectedTime {
  EventTime event_time;
  bool clock_ahead = false;  ///< It was too far ahead and became received at.
};

/// Event time by Segment's rule, received_at - (sent_at - original_timestamp), which takes the
/// error of the device's clock out. Without sent_at the original timestamp stands as it is, without
/// an original timestamp the event happened when it came. Saturates at the ends of EventTime; more
/// than `ahead_limit` after `received_at` is a broken clock.
CorrectedTime correct_skew(const DeviceTimes& times, ProcessingTime received_at,
                           Microseconds ahead_limit);

}  // namespace hapax
