// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <limits>
#include <span>

#include "core/time.hpp"

namespace hapax {

struct WatermarkSettings {
  /// How far out of order events of one partition may be without being late.
  Microseconds bound = std::chrono::seconds(10);
  /// A partition silent for this long no longer holds the others back.
  Microseconds idle_timeout = std::chrono::seconds(10);
};

/// Before any event: no time is ruled out.
constexpr EventTime kWatermarkMin =
    event_time_from_micros(std::numeric_limits<std::int64_t>::min());

/// The watermark of one partition: a function of its records alone, so a replay judges lateness as
/// the first run did. Never goes back.
///   max( max min(event time, received at) - bound,  max received at - bound - idle_timeout / 2 )
/// The min() keeps a client whose clock is ahead from ruling out everybody else's events
/// (reliability row 2). The second term makes the first event after a silence see at least the time
/// that global_watermark() gave the silent partition, less half the timeout for what was on its
/// way.
class PartitionWatermark {
 public:
  explicit PartitionWatermark(WatermarkSettings settings) : settings_(settings) {}

  /// Other settings hold for the events to come.
  void set(WatermarkSettings settings) { settings_ = settings; }

  /// An event arrived: call before its lateness is judged.
  void arrive(ProcessingTime received_at);
  /// The event's own time counts for those after it: call after its lateness was judged.
  void pass(EventTime event_time, ProcessingTime received_at);

  EventTime value() const { return value_; }
  /// Greatest received at; our clock may have stepped back since (reliability row 32).
  ProcessingTime newest_received() const { return newest_received_; }
  bool started() const { return value_ != kWatermarkMin; }

  /// As if the events of `other` had come here too.
  void combine(const PartitionWatermark& other);

  void restore(EventTime value, ProcessingTime newest_received);

 private:
  WatermarkSettings settings_;
  EventTime value_ = kWatermarkMin;
  ProcessingTime newest_received_ =
      processing_time_from_micros(std::numeric_limits<std::int64_t>::min());
};

struct PartitionProgress {
  EventTime watermark = kWatermarkMin;
  bool started = false;    ///< It has had an event.
  bool caught_up = false;  ///< All its durable records are processed.
};

/// What is published: no partition will judge an event of an earlier window to be on time, so a
/// cell that is final and still changes counts up its revision.
/// The least over the partitions. One with records to read counts as far as it is read (row 28).
/// One that is caught up, or never had an event, counts with at least settled - idle_timeout -
/// bound, so that silence does not hold the others back (row 1), and never with more, so that what
/// comes after a silence is not late (row 1b).
/// `settled`: every record that was queued for the log before it and became durable is processed
/// where `caught_up` says so. A record still to come was then received after settled -
/// idle_timeout / 2, unless decoding it took longer or our clock stepped back by as much, and
/// arrive() raises its partition to at least received at - bound - idle_timeout / 2, which is not
/// less than what was published. Without any event: kWatermarkMin.
EventTime global_watermark(std::span<const PartitionProgress> partitions, ProcessingTime settled,
                           const WatermarkSettings& settings);

/// True if the window that ends at `end` (exclusive) can get no more events on time.
constexpr bool is_closed(EventTime end, EventTime watermark) {
  return end <= watermark;
}

}  // namespace hapax
