// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "collector/segment_numbering.hpp"
#include "core/timestamp.hpp"
#include "json/json_walk.hpp"
#include "record/event.hpp"

namespace hapax {

/// A time of a Segment body; neither is set when it was not sent.
struct SentTime {
  std::optional<Timestamp> time = {};
  std::string_view unreadable = {};  ///< What was sent, where it is no time.
};

/// One event of a Segment body as it was sent, not yet judged. Views point into the body or into
/// the decoder; empty: not sent, null, or an empty string. JSON values are well-formed and as sent,
/// but for what json_repair.hpp puts right.
struct SegmentEvent {
  /// The fields that can have a value of the wrong kind.
  enum Field : std::uint8_t {
    kType,
    kMessageId,
    kUserId,
    kAnonymousId,
    kEvent,
    kName,
    kCategory,
    kGroupId,
    kPreviousId,
    kSessionId,
    kTextFieldCount,
    kProperties = kTextFieldCount,
    kContext,
    kTraits,
    kFieldCount,
  };

  std::string_view original;  ///< The event's bytes as sent.
  /// Set: its JSON is damaged, and the fields are what could be read of it.
  std::optional<JsonFault> fault = {};
  std::string_view text[kTextFieldCount] = {};
  SentTime timestamp = {};
  SentTime original_timestamp = {};
  SentTime sent_at = {};
  std::string_view properties = {};
  std::string_view context = {};
  std::string_view traits = {};
  std::uint64_t sequence = 0;
  std::uint32_t wrong_fields = 0;  ///< Bit 1 << Field: its value is of no use.
  std::uint32_t depth = 0;         ///< Of its JSON; the event itself is 1.
  bool is_object = true;
  bool has_non_number = false;  ///< One of its nulls was NaN, Infinity or undefined.
};

/// A whole body. A single event's is a batch of one whose context and sent_at are the event's own.
/// Behind a batch's events are its other members that are damaged, as events with a fault.
struct SegmentRequest {
  std::vector<SegmentEvent> events;
  std::optional<std::string_view> write_key;
  SentTime sent_at;
  std::string_view context;
  SentNumbering numbering = {};
  bool has_non_number = false;  ///< The context has.
};

}  // namespace hapax
