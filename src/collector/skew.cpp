#include "collector/skew.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace hapax {
namespace {

__extension__ using Wide = __int128;  // Sums of three times of 64 bits do not overflow.

EventTime saturated(Wide micros) {
  constexpr Wide kMin = std::numeric_limits<std::int64_t>::min();
  constexpr Wide kMax = std::numeric_limits<std::int64_t>::max();
  return event_time_from_micros(static_cast<std::int64_t>(std::clamp(micros, kMin, kMax)));
}

EventTime uncapped(const DeviceTimes& times, ProcessingTime received_at) {
  if (!times.original_timestamp) {
    return as_event_time(received_at);
  }
  if (!times.sent_at) {
    return *times.original_timestamp;
  }
  return saturated(static_cast<Wide>(to_micros(received_at)) - to_micros(*times.sent_at) +
                   to_micros(*times.original_timestamp));
}

}  // namespace

CorrectedTime correct_skew(const DeviceTimes& times, ProcessingTime received_at,
                           Microseconds ahead_limit) {
  const EventTime time = uncapped(times, received_at);
  const EventTime latest =
      saturated(static_cast<Wide>(to_micros(received_at)) + ahead_limit.count());
  if (time > latest) {
    return {.event_time = as_event_time(received_at), .clock_ahead = true};
  }
  return {.event_time = time};
}

}  // namespace hapax
