// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.hpp"

namespace hapax {

/// Stored in log records: values never change (proto/hapax/v1/event.proto).
enum class EventType : std::uint8_t {
  kUnspecified = 0,
  kTrack = 1,
  kIdentify = 2,
  kPage = 3,
  kScreen = 4,
  kGroup = 5,
  kAlias = 6,
};

/// "track", as clients write it; "unspecified"; "unknown" for a type of a newer version.
std::string_view type_name(EventType type);
/// What views group an event by: its name, or its type for those without one.
inline std::string_view group_name(EventType type, std::string_view name) {
  return name.empty() ? type_name(type) : name;
}
/// kUnspecified for what names no type.
EventType parse_event_type(std::string_view name);

/// Bits of EventView::flags; stored, values never change.
enum EventFlag : std::uint32_t {
  kEventFlagClockAhead = 1,
  kEventFlagServerMessageId = 2,
  kEventFlagClockBehind = 4,
  kEventFlagClockCorrected = 8,
  kEventFlagSeconds = 16,
  kEventFlagTimeUnreadable = 32,
  kEventFlagNonNumber = 64,
  kEventFlagSentAtFresh = 128,  // The last two only where our clock was in doubt.
  kEventFlagSentAtElsewhere = 256,
};

/// Why an event was set aside as a dead letter. `code` is a slug, `original` the bytes as sent.
struct RejectionView {
  std::string_view code = {};
  std::string_view reason = {};
  std::string_view original = {};

  friend bool operator==(const RejectionView&, const RejectionView&) = default;
};

/// A word of the server to all readers of a partition, see event.proto. `kind` is a slug.
struct ControlView {
  std::string_view kind = {};
  std::string_view value = {};

  friend bool operator==(const ControlView&, const ControlView&) = default;
};

/// Why a client has given up on events. Stored: the order never changes.
enum class DropReason : std::uint8_t { kQueueFull, kTooOld, kRefused, kTooLarge, kOther };
constexpr std::size_t kDropReasons = 5;
/// As clients write it.
constexpr std::array<std::string_view, kDropReasons> kDropReasonNames{
    "queue_full", "too_old", "refused", "too_large", "other"};

/// In which count of a device an event has its number, see event.proto.
struct NumberingView {
  std::string_view device = {};  ///< Empty: the event's anonymous id.
  std::string_view epoch = {};
  std::uint64_t made = 0;
  std::array<std::uint32_t, kDropReasons> dropped = {};  ///< By DropReason.

  friend bool operator==(const NumberingView&, const NumberingView&) = default;
};

/// One event, one dead letter when `rejection` is set, or a control record when `control` is not
/// empty. Field meanings: event.proto.
/// Ownership: every view points into a buffer of the caller's (a request body, a log record), which
/// must outlive it. This is the one type that stores views, so that an event crosses the collector
/// and the processor without a copy.
struct EventView {
  std::string_view source = {};
  std::string_view message_id = {};
  EventType type = EventType::kUnspecified;
  std::string_view name = {};
  std::string_view user_id = {};
  std::string_view anonymous_id = {};
  std::string_view session_id = {};
  std::uint64_t sequence = 0;
  std::optional<EventTime> original_timestamp = {};
  std::optional<EventTime> sent_at = {};
  ProcessingTime received_at = {};
  EventTime event_time = {};
  std::string_view properties = {};
  std::string_view context = {};
  std::string_view traits = {};
  std::string_view group_id = {};
  std::string_view previous_id = {};
  std::string_view category = {};
  std::uint32_t schema_version = 0;
  std::uint32_t flags = 0;
  std::optional<RejectionView> rejection = {};
  std::string_view original_timestamp_text = {};
  std::uint32_t clock_epoch = 0;
  std::string_view control = {};    ///< Encoded: decode_control().
  std::string_view numbering = {};  ///< Encoded: decode_numbering(). Empty: it has no number.

  friend bool operator==(const EventView&, const EventView&) = default;
};

/// Whose count it is that `event`, whose numbering that is, has its number in.
inline std::string_view numbered_device(const NumberingView& numbering, const EventView& event) {
  return numbering.device.empty() ? event.anonymous_id : numbering.device;
}

/// Whose event it is: the user where known, else the device. Empty only in dead letters.
inline std::string_view identity(const EventView& event) {
  return event.user_id.empty() ? event.anonymous_id : event.user_id;
}

/// What chooses the partition, and so which events keep their order.
enum class PartitionBy : std::uint8_t {
  kDevice,  ///< The device where known, else the user: the order is kept across a login.
  /// The user where known, else the device: all that views per user look at is in one partition.
  kUser,
};

inline std::string_view partition_key(const EventView& event, PartitionBy by) {
  if (by == PartitionBy::kUser) {
    return identity(event);
  }
  return event.anonymous_id.empty() ? event.user_id : event.anonymous_id;
}

}  // namespace hapax
