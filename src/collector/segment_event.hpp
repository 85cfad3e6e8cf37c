#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "collector/segment_request.hpp"
#include "core/event.hpp"
#include "core/time.hpp"

namespace hapax {

/// Longest id, name or category, in bytes: they are keys of views and indexes.
constexpr std::size_t kTextFieldBytesMax = 1024;

/// Why an event is set aside; both are literals.
struct Problem {
  std::string_view code;    ///< Slug of docs/http-api.md.
  std::string_view reason;  ///< Sentence for people.
};

struct EventRules {
  std::size_t event_bytes_limit;
  std::size_t json_depth_limit;
  Microseconds clock_ahead_limit;
};

/// What all events of a request share.
struct RequestFacts {
  std::string_view source;
  EventType path_type = EventType::kUnspecified;  ///< kUnspecified: each event names its own.
  ProcessingTime received_at;
};

/// The type that an event of this request has; kUnspecified when it names none or an unknown one.
EventType type_of(const SegmentEvent& event, const RequestFacts& facts);

/// Segment's rules: what keeps `event` from being accepted, the first that applies.
std::optional<Problem> find_problem(const SegmentEvent& event, EventType type,
                                    const EventRules& rules);

/// `event` as it is stored. `request` gives sent at and context for those without their own;
/// `merged_context` is room for a context made of both, and must outlive the view.
EventView make_event(const SegmentEvent& event, EventType type, const SegmentRequest& request,
                     const RequestFacts& facts, const EventRules& rules,
                     std::string& merged_context);

/// `event` as a dead letter: its bytes as sent, and why.
EventView make_dead_letter(const SegmentEvent& event, const Problem& problem,
                           const RequestFacts& facts);

}  // namespace hapax
