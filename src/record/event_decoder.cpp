// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "bytes/varint.hpp"
#include "record/event_wire.hpp"
#include "record/event_wire_format.hpp"

namespace hapax {
namespace {

constexpr EventType kEventTypeLast = EventType::kAlias;

// Takes values off the front of a record. After the first damage nothing is left, every take gives
// an empty value, and ok() is false, so that callers check once, at the end.
class Reader {
 public:
  explicit Reader(std::string_view from) : from_(from) {}

  bool ok() const { return ok_; }
  bool done() const { return from_.empty(); }

  std::uint64_t varint() {
    if (!from_.empty() && static_cast<std::uint8_t>(from_.front()) < 0x80) {
      const auto value = static_cast<std::uint8_t>(from_.front());
      from_.remove_prefix(1);
      return value;
    }
    const auto value = take_varint(from_);
    if (!value) {
      fail();
    }
    return value.value_or(0);
  }

  void fail() {
    from_ = {};
    ok_ = false;
  }

  std::string_view bytes() { return take(varint()); }

  std::int64_t fixed64() {
    const std::string_view bytes = take(sizeof(std::uint64_t));
    std::uint64_t bits = 0;
    if (ok_) {
      std::memcpy(&bits, bytes.data(), sizeof(bits));
    }
    if constexpr (std::endian::native == std::endian::big) {
      bits = __builtin_bswap64(bits);
    }
    return static_cast<std::int64_t>(bits);
  }

  // Skips the value of a field that we do not know. A known field with a wrong wire type comes here
  // as well: that is no future schema but damage. Groups have never been in this schema.
  void skip(std::uint64_t tag, std::uint32_t known_fields) {
    const std::uint64_t field = tag >> 3U;
    if (field <= known_fields || tag > std::numeric_limits<std::uint32_t>::max()) {
      fail();
      return;
    }
    switch (tag & 7U) {
      case kVarint:
        varint();
        return;
      case kFixed64:
        take(8);
        return;
      case kBytes:
        bytes();
        return;
      case kFixed32:
        take(4);
        return;
      default:
        fail();
    }
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > from_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = from_.substr(0, size);
    from_.remove_prefix(size);
    return taken;
  }

  std::string_view from_;
  bool ok_ = true;
};

// A value that a newer schema may add is kept out of the closed set.
EventType event_type(std::uint64_t value) {
  return value <= static_cast<std::uint64_t>(kEventTypeLast) ? static_cast<EventType>(value)
                                                             : EventType::kUnspecified;
}

// Adds to `rejection`: a repeated message field is merged.
bool read_rejection(std::string_view record, RejectionView& rejection) {
  Reader reader(record);
  while (!reader.done()) {
    switch (const std::uint64_t field = reader.varint(); field) {
      case tag(kCode, kBytes):
        rejection.code = reader.bytes();
        break;
      case tag(kReason, kBytes):
        rejection.reason = reader.bytes();
        break;
      case tag(kOriginal, kBytes):
        rejection.original = reader.bytes();
        break;
      default:
        reader.skip(field, kOriginal);
    }
  }
  return reader.ok();
}

void read_rejection_field(Reader& reader, EventView& event) {
  if (!event.rejection) {
    event.rejection.emplace();
  }
  if (!read_rejection(reader.bytes(), *event.rejection)) {
    reader.fail();
  }
}

// Which texts and bytes of an event a field number stands for: most fields are of this kind, and
// are found without a jump that depends on which one it is.
using Text = std::string_view EventView::*;
constexpr auto kTexts = [] {
  std::array<Text, kNumbering + 1> texts{};
  texts[kSource] = &EventView::source;
  texts[kMessageId] = &EventView::message_id;
  texts[kName] = &EventView::name;
  texts[kUserId] = &EventView::user_id;
  texts[kAnonymousId] = &EventView::anonymous_id;
  texts[kSessionId] = &EventView::session_id;
  texts[kProperties] = &EventView::properties;
  texts[kContext] = &EventView::context;
  texts[kTraits] = &EventView::traits;
  texts[kGroupId] = &EventView::group_id;
  texts[kPreviousId] = &EventView::previous_id;
  texts[kCategory] = &EventView::category;
  texts[kOriginalTimestampText] = &EventView::original_timestamp_text;
  texts[kControl] = &EventView::control;
  texts[kNumbering] = &EventView::numbering;
  return texts;
}();

Text text_of(std::uint64_t tag) {
  const std::uint64_t field = tag >> 3U;
  return (tag & 7U) == kBytes && field < kTexts.size() ? kTexts[field] : nullptr;
}

/// The value of a field that is no text.
void read_other(std::uint64_t field, Reader& reader, EventView& event) {
  switch (field) {
    case tag(kType, kVarint):
      event.type = event_type(reader.varint());
      break;
    case tag(kSequence, kVarint):
      event.sequence = reader.varint();
      break;
    case tag(kOriginalTimestamp, kFixed64):
      event.original_timestamp = event_time_from_micros(reader.fixed64());
      break;
    case tag(kSentAt, kFixed64):
      event.sent_at = event_time_from_micros(reader.fixed64());
      break;
    case tag(kReceivedAt, kFixed64):
      event.received_at = processing_time_from_micros(reader.fixed64());
      break;
    case tag(kEventTime, kFixed64):
      event.event_time = event_time_from_micros(reader.fixed64());
      break;
    case tag(kSchemaVersion, kVarint):
      event.schema_version = static_cast<std::uint32_t>(reader.varint());
      break;
    case tag(kFlags, kVarint):
      event.flags = static_cast<std::uint32_t>(reader.varint());
      break;
    case tag(kRejection, kBytes):
      read_rejection_field(reader, event);
      break;
    case tag(kClockEpoch, kVarint):
      event.clock_epoch = static_cast<std::uint32_t>(reader.varint());
      break;
    default:
      reader.skip(field, kNumbering);
  }
}

}  // namespace

Result<void> decode_event(std::string_view record, EventView& event) {
  Reader reader(record);
  while (!reader.done()) {
    const std::uint64_t field = reader.varint();
    if (const Text text = text_of(field)) {
      event.*text = reader.bytes();
    } else {
      read_other(field, reader, event);
    }
  }
  if (!reader.ok()) {
    return Error{ErrorKind::kCorrupt,
                 "record of " + std::to_string(record.size()) + " bytes is not a hapax.v1.Event"};
  }
  return {};
}

Result<EventView> decode_event(std::string_view record) {
  EventView event;
  HAPAX_TRY(decode_event(record, event));
  return event;
}

Result<ControlView> decode_control(std::string_view encoded) {
  ControlView control;
  Reader reader(encoded);
  while (!reader.done()) {
    switch (const std::uint64_t field = reader.varint(); field) {
      case tag(kKind, kBytes):
        control.kind = reader.bytes();
        break;
      case tag(kValue, kBytes):
        control.value = reader.bytes();
        break;
      default:
        reader.skip(field, kValue);
    }
  }
  if (!reader.ok() || control.kind.empty()) {
    return Error{ErrorKind::kCorrupt, std::to_string(encoded.size()) +
                                          " bytes of a control record are not a hapax.v1.Control"};
  }
  return control;
}

Result<NumberingView> decode_numbering(std::string_view encoded) {
  NumberingView numbering;
  Reader reader(encoded);
  while (!reader.done()) {
    const std::uint64_t field = reader.varint();
    const std::uint64_t reason = (field >> 3U) - kDropped;
    if (field == tag(kDevice, kBytes)) {
      numbering.device = reader.bytes();
    } else if (field == tag(kEpoch, kBytes)) {
      numbering.epoch = reader.bytes();
    } else if (field == tag(kMade, kVarint)) {
      numbering.made = reader.varint();
    } else if (reason < kDropReasons && (field & 7U) == kVarint) {
      numbering.dropped[reason] = static_cast<std::uint32_t>(reader.varint());
    } else {
      reader.skip(field, kDropped + kDropReasons - 1);
    }
  }
  if (!reader.ok() || numbering.epoch.empty()) {
    return Error{ErrorKind::kCorrupt, std::to_string(encoded.size()) +
                                          " bytes of a numbering are not a hapax.v1.Numbering"};
  }
  return numbering;
}

}  // namespace hapax
