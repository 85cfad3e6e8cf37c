// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "collector/segment_request.hpp"
#include "collector/segment_time.hpp"
#include "json/json_merge.hpp"
#include "record/event.hpp"

namespace hapax {

/// Longest id, name or category, in bytes: they are keys of views and indexes.
constexpr std::size_t kTextFieldBytesMax = 1024;

/// Why an event is set aside.
struct Problem {
  std::string_view code;  ///< Slug of docs/http-api.md, a literal.
  std::string reason;     ///< Sentence for people.
};

struct EventRules {
  std::size_t event_bytes_limit;  ///< With the batch's context, which every event is stored with.
  std::size_t json_depth_limit;
};

/// What all events of a request share.
struct RequestFacts {
  std::string_view source;
  EventType path_type = EventType::kUnspecified;  ///< kUnspecified: each event names its own.
  Delivery delivery;
};

/// The type that an event of this request has; kUnspecified when it names none or an unknown one.
EventType type_of(const SegmentEvent& event, const RequestFacts& facts);

/// The contexts that a request's events are stored with: the batch's under each event's own.
/// Threading: one owner. Lifetime: the request's body must outlive it.
class EventContexts {
 public:
  explicit EventContexts(std::string_view batch_context) : batch_(batch_context) {}

  /// Valid until the next call.
  std::string_view of(const SegmentEvent& event);

 private:
  std::string_view batch_;
  std::optional<JsonMerge> merge_;  // Once an event has a context of its own.
};

/// Segment's rules: what keeps `event` of `request` from being accepted, the first that applies.
std::optional<Problem> find_problem(const SegmentEvent& event, EventType type,
                                    const SegmentRequest& request, const EventRules& rules);

/// What views group `event` by.
std::string_view group_name(const SegmentEvent& event, EventType type);

/// The problem of an event whose name is beyond what NameLimit admits.
Problem too_many_names();

/// `event` as it is stored, with its times. Valid until the next use of `contexts`.
EventView make_event(const SegmentEvent& event, EventType type, const SegmentRequest& request,
                     const RequestFacts& facts, const EventTimes& times, EventContexts& contexts);

/// `event` as a dead letter: its bytes as sent, and why. An id too long for an index is in the
/// bytes only. Lifetime: `problem` must outlive it.
EventView make_dead_letter(const SegmentEvent& event, const Problem& problem,
                           const RequestFacts& facts);

}  // namespace hapax
