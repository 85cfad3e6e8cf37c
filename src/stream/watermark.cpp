// SPDX-License-Identifier: Apache-2.0
#include "stream/watermark.hpp"

#include <algorithm>

#include "core/time_math.hpp"

namespace hapax {

void PartitionWatermark::arrive(ProcessingTime received_at) {
  newest_received_ = std::max(newest_received_, received_at);
  const Microseconds back = settings_.bound + settings_.idle_timeout / 2;
  value_ = std::max(value_, saturating_add(as_event_time(received_at), -back));
}

void PartitionWatermark::pass(EventTime event_time, ProcessingTime received_at) {
  const EventTime believable = std::min(event_time, as_event_time(received_at));
  value_ = std::max(value_, saturating_add(believable, -settings_.bound));
}

void PartitionWatermark::combine(const PartitionWatermark& other) {
  value_ = std::max(value_, other.value_);
  newest_received_ = std::max(newest_received_, other.newest_received_);
}

void PartitionWatermark::restore(EventTime value, ProcessingTime newest_received) {
  value_ = value;
  newest_received_ = newest_received;
}

EventTime global_watermark(std::span<const PartitionProgress> partitions, ProcessingTime settled,
                           const WatermarkSettings& settings) {
  const EventTime silent =
      saturating_add(as_event_time(settled), -(settings.idle_timeout + settings.bound));
  bool any = false;
  EventTime least = event_time_from_micros(std::numeric_limits<std::int64_t>::max());
  for (const PartitionProgress& partition : partitions) {
    any = any || partition.started || !partition.caught_up;
    const EventTime counts =
        partition.caught_up ? std::max(partition.watermark, silent) : partition.watermark;
    least = std::min(least, counts);
  }
  return any ? least : kWatermarkMin;
}

}  // namespace hapax
