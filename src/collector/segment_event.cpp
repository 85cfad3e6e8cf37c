// SPDX-License-Identifier: Apache-2.0
#include "collector/segment_event.hpp"

#include <algorithm>

namespace hapax {
namespace {

using Field = SegmentEvent;

Problem too_deep() {
  return {"event_too_deep", "The event's JSON is nested too deep."};
}

Problem damaged(const JsonFault& fault) {
  return fault.too_deep
             ? too_deep()
             : Problem{"invalid_json", "Not well-formed JSON at byte " + std::to_string(fault.at) +
                                           " of what was sent for it, counted from 0."};
}

std::optional<Problem> find_field_problem(const SegmentEvent& event) {
  constexpr std::uint32_t kObjects =
      1U << Field::kProperties | 1U << Field::kContext | 1U << Field::kTraits;
  if ((event.wrong_fields & kObjects) != 0) {
    return Problem{"invalid_field", "properties, context and traits must be objects."};
  }
  if (event.wrong_fields != 0) {
    return Problem{"invalid_field", "Ids and names must be strings or numbers."};
  }
  if (std::any_of(std::begin(event.text), std::end(event.text),
                  [](std::string_view text) { return text.size() > kTextFieldBytesMax; })) {
    return Problem{"field_too_long", "An id, name or category is longer than 1024 bytes."};
  }
  return std::nullopt;
}

std::optional<Problem> find_missing(const SegmentEvent& event, EventType type) {
  if (event.text[Field::kUserId].empty() && event.text[Field::kAnonymousId].empty()) {
    return Problem{"missing_identity", "userId or anonymousId is required."};
  }
  if (type == EventType::kTrack && event.text[Field::kEvent].empty()) {
    return Problem{"missing_event", "A track call needs event, its name."};
  }
  if (type == EventType::kGroup && event.text[Field::kGroupId].empty()) {
    return Problem{"missing_group_id", "A group call needs groupId."};
  }
  if (type == EventType::kAlias && event.text[Field::kPreviousId].empty()) {
    return Problem{"missing_previous_id", "An alias call needs previousId."};
  }
  return std::nullopt;
}

// To what is stored of a text, by whole characters.
std::string_view shortened(std::string_view text) {
  if (text.size() <= kTextFieldBytesMax) {
    return text;
  }
  std::size_t end = kTextFieldBytesMax;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

std::string_view name_of(const SegmentEvent& event, EventType type) {
  return event.text[type == EventType::kTrack ? Field::kEvent : Field::kName];
}

}  // namespace

EventType type_of(const SegmentEvent& event, const RequestFacts& facts) {
  return facts.path_type != EventType::kUnspecified ? facts.path_type
                                                    : parse_event_type(event.text[Field::kType]);
}

std::string_view EventContexts::of(const SegmentEvent& event) {
  if (batch_.empty() || event.context.empty()) {
    return event.context.empty() ? batch_ : event.context;
  }
  if (!merge_) {
    merge_.emplace(batch_);
  }
  return merge_->with(event.context);
}

std::optional<Problem> find_problem(const SegmentEvent& event, EventType type,
                                    const SegmentRequest& request, const EventRules& rules) {
  if (event.fault) {
    return damaged(*event.fault);
  }
  if (!event.is_object) {
    return Problem{"not_an_object", "An event must be a JSON object."};
  }
  if (event.original.size() + request.context.size() > rules.event_bytes_limit) {
    return Problem{"event_too_large",
                   "The event, with the batch's context, exceeds the limit of bytes for one."};
  }
  if (event.depth > rules.json_depth_limit) {
    return too_deep();
  }
  if (type == EventType::kUnspecified) {
    return event.text[Field::kType].empty()
               ? Problem{"missing_type", "An event of a batch needs type."}
               : Problem{"unknown_type",
                         "type must be track, identify, page, screen, group or alias."};
  }
  const auto problem = find_field_problem(event);
  return problem ? problem : find_missing(event, type);
}

std::string_view group_name(const SegmentEvent& event, EventType type) {
  return group_name(type, name_of(event, type));
}

Problem too_many_names() {
  return {"too_many_names",
          "The source has begun to use as many new event names today (UTC) as it may "
          "(names.new_per_day); names that it used before still pass."};
}

EventView make_event(const SegmentEvent& event, EventType type, const SegmentRequest& request,
                     const RequestFacts& facts, const EventTimes& times, EventContexts& contexts) {
  const bool has_non_number = event.has_non_number || request.has_non_number;
  return {.source = facts.source,
          .message_id = event.text[Field::kMessageId],
          .type = type,
          .name = name_of(event, type),
          .user_id = event.text[Field::kUserId],
          .anonymous_id = event.text[Field::kAnonymousId],
          .session_id = event.text[Field::kSessionId],
          .sequence = event.sequence,
          .original_timestamp = times.original_timestamp,
          .sent_at = times.sent_at,
          .received_at = facts.delivery.received_at,
          .event_time = times.decided.event_time,
          .properties = event.properties,
          .context = contexts.of(event),
          .traits = event.traits,
          .group_id = event.text[Field::kGroupId],
          .previous_id = event.text[Field::kPreviousId],
          .category = event.text[Field::kCategory],
          .flags = times.flags | (has_non_number ? kEventFlagNonNumber : 0U),
          .original_timestamp_text = shortened(times.unreadable),
          .clock_epoch = facts.delivery.clock_epoch.value()};
}

EventView make_dead_letter(const SegmentEvent& event, const Problem& problem,
                           const RequestFacts& facts) {
  const std::string_view id = event.text[Field::kMessageId];
  return {
      .source = facts.source,
      .message_id = id.size() <= kTextFieldBytesMax ? id : std::string_view(),
      .received_at = facts.delivery.received_at,
      .rejection =
          RejectionView{.code = problem.code, .reason = problem.reason, .original = event.original},
      .clock_epoch = facts.delivery.clock_epoch.value()};
}

}  // namespace hapax
