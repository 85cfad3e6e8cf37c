// SPDX-License-Identifier: Apache-2.0
#include "collector/segment_time.hpp"

#include "collector/stamping_library.hpp"
#include "json/json_fields.hpp"
#include "record/event.hpp"

namespace hapax {
namespace {

// The first that can be read, else one that cannot.
const SentTime& time_of_act(const SegmentEvent& event) {
  const bool has_other = event.original_timestamp.time || event.timestamp.unreadable.empty();
  return event.timestamp.time || !has_other ? event.timestamp : event.original_timestamp;
}

// By the context that it is stored with.
bool is_of_stamping_library(const SegmentEvent& event, const SegmentRequest& request) {
  return stamps_each_try(event.context) ||
         (json_member(event.context, "library").empty() && stamps_each_try(request.context));
}

/// What correct() (record/clock_state.hpp) must know of `times` and cannot find in the record.
std::uint32_t flags_for_correction(const DeviceTimes& times, bool is_fresh) {
  const bool elsewhere =
      times.act && times.sent_at && times.act->has_zone != times.sent_at->has_zone;
  return (is_fresh ? kEventFlagSentAtFresh : 0U) | (elsewhere ? kEventFlagSentAtElsewhere : 0U);
}

std::optional<EventTime> time_alone(const std::optional<Timestamp>& timestamp) {
  return timestamp ? std::optional(timestamp->time) : std::nullopt;
}

}  // namespace

EventTimes times_of(const SegmentEvent& event, const SegmentRequest& request,
                    const Delivery& delivery, Microseconds ahead_limit) {
  const SentTime& act = time_of_act(event);
  const DeviceTimes times{.act = act.time,
                          .is_act_unreadable = !act.unreadable.empty(),
                          .sent_at = (event.sent_at.time ? event.sent_at : request.sent_at).time};
  // Which library it is is looked for only where it matters.
  const bool is_doubted = delivery.clock_epoch != kUndoubted;
  const bool is_fresh = !delivery.is_delayed &&
                        (is_doubted || seems_behind(times, delivery.received_at)) &&
                        is_of_stamping_library(event, request);
  const auto decided = decide_event_time(times, delivery.received_at, is_fresh, ahead_limit);
  const bool in_seconds = act.time && act.time->in_seconds;
  return {.original_timestamp = time_alone(times.act),
          .sent_at = time_alone(times.sent_at),
          .unreadable = act.unreadable,
          .decided = decided,
          .flags = event_flags(decided.reason) | (in_seconds ? kEventFlagSeconds : 0U) |
                   (is_doubted ? flags_for_correction(times, is_fresh) : 0U)};
}

}  // namespace hapax
