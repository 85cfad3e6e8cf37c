// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstring>
#include <initializer_list>

#include "bytes/varint.hpp"
#include "record/event_wire.hpp"
#include "record/event_wire_format.hpp"

namespace hapax {
namespace {

constexpr std::size_t kFieldCount = 28;  // Of an event and a rejection.
constexpr std::size_t kTagBytesMax = 2;

// Writes into room that the caller has reserved with encoded_bytes_max().
class Writer {
 public:
  explicit Writer(char* to) : to_(to) {}

  char* end() const { return to_; }

  void varint(std::uint32_t field, std::uint64_t value) {
    if (value != 0) {
      to_ = write_varint(tag(field, kVarint), to_);
      to_ = write_varint(value, to_);
    }
  }

  void bytes(std::uint32_t field, std::string_view value) {
    if (!value.empty()) {
      header(field, value.size());
      std::memcpy(to_, value.data(), value.size());
      to_ += value.size();
    }
  }

  // Present: also written when it is zero.
  void fixed64_present(std::uint32_t field, std::int64_t value) {
    to_ = write_varint(tag(field, kFixed64), to_);
    auto bits = static_cast<std::uint64_t>(value);
    if constexpr (std::endian::native == std::endian::big) {
      bits = __builtin_bswap64(bits);
    }
    std::memcpy(to_, &bits, sizeof(bits));
    to_ += sizeof(bits);
  }

  void fixed64(std::uint32_t field, std::int64_t value) {
    if (value != 0) {
      fixed64_present(field, value);
    }
  }

  void header(std::uint32_t field, std::size_t size) {
    to_ = write_varint(tag(field, kBytes), to_);
    to_ = write_varint(size, to_);
  }

 private:
  char* to_;
};

std::size_t varint_bytes(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

std::size_t bytes_field_size(std::string_view value) {
  return value.empty() ? 0 : 1 + varint_bytes(value.size()) + value.size();
}

std::size_t rejection_size(const RejectionView& rejection) {
  return bytes_field_size(rejection.code) + bytes_field_size(rejection.reason) +
         bytes_field_size(rejection.original);
}

std::size_t encoded_bytes_max(const EventView& event) {
  const std::size_t texts =
      event.source.size() + event.message_id.size() + event.name.size() + event.user_id.size() +
      event.anonymous_id.size() + event.session_id.size() + event.properties.size() +
      event.context.size() + event.traits.size() + event.group_id.size() +
      event.previous_id.size() + event.category.size() + event.original_timestamp_text.size() +
      event.control.size() + event.numbering.size();
  return kFieldCount * (kTagBytesMax + kVarintBytesMax) + texts +
         (event.rejection ? rejection_size(*event.rejection) : 0);
}

void write_rejection(const RejectionView& rejection, Writer& writer) {
  writer.header(kRejection, rejection_size(rejection));
  writer.bytes(kCode, rejection.code);
  writer.bytes(kReason, rejection.reason);
  writer.bytes(kOriginal, rejection.original);
}

void write_event(const EventView& event, Writer& writer) {
  writer.bytes(kSource, event.source);
  writer.bytes(kMessageId, event.message_id);
  writer.varint(kType, static_cast<std::uint64_t>(event.type));
  writer.bytes(kName, event.name);
  writer.bytes(kUserId, event.user_id);
  writer.bytes(kAnonymousId, event.anonymous_id);
  writer.bytes(kSessionId, event.session_id);
  writer.varint(kSequence, event.sequence);
  if (event.original_timestamp) {
    writer.fixed64_present(kOriginalTimestamp, to_micros(*event.original_timestamp));
  }
  if (event.sent_at) {
    writer.fixed64_present(kSentAt, to_micros(*event.sent_at));
  }
  writer.fixed64(kReceivedAt, to_micros(event.received_at));
  writer.fixed64(kEventTime, to_micros(event.event_time));
  writer.bytes(kProperties, event.properties);
  writer.bytes(kContext, event.context);
  writer.bytes(kTraits, event.traits);
  writer.bytes(kGroupId, event.group_id);
  writer.bytes(kPreviousId, event.previous_id);
  writer.bytes(kCategory, event.category);
  writer.varint(kSchemaVersion, event.schema_version);
  writer.varint(kFlags, event.flags);
  if (event.rejection) {
    write_rejection(*event.rejection, writer);
  }
  writer.bytes(kOriginalTimestampText, event.original_timestamp_text);
  writer.varint(kClockEpoch, event.clock_epoch);
  writer.bytes(kControl, event.control);
  writer.bytes(kNumbering, event.numbering);
}

}  // namespace

void encode_event(const EventView& event, std::string& record) {
  const std::size_t start = record.size();
  record.resize(start + encoded_bytes_max(event));
  Writer writer(record.data() + start);
  write_event(event, writer);
  record.resize(static_cast<std::size_t>(writer.end() - record.data()));
}

std::string_view RecordMemory::encode(const EventView& event) {
  const std::size_t room = encoded_bytes_max(event);
  if (room_ < room) {
    memory_ = std::make_unique_for_overwrite<char[]>(room);
    room_ = room;
  }
  Writer writer(memory_.get());
  write_event(event, writer);
  return {memory_.get(), static_cast<std::size_t>(writer.end() - memory_.get())};
}

std::string encode_control(const ControlView& control) {
  constexpr std::size_t kControlFieldCount = 2;
  std::string encoded(kControlFieldCount * (kTagBytesMax + kVarintBytesMax) + control.kind.size() +
                          control.value.size(),
                      '\0');
  Writer writer(encoded.data());
  writer.bytes(kKind, control.kind);
  writer.bytes(kValue, control.value);
  encoded.resize(static_cast<std::size_t>(writer.end() - encoded.data()));
  return encoded;
}

std::string encode_numbering(const NumberingView& numbering) {
  constexpr std::size_t kNumberingFieldCount = 3 + kDropReasons;
  std::string encoded(kNumberingFieldCount * (kTagBytesMax + kVarintBytesMax) +
                          numbering.device.size() + numbering.epoch.size(),
                      '\0');
  Writer writer(encoded.data());
  writer.bytes(kDevice, numbering.device);
  writer.bytes(kEpoch, numbering.epoch);
  writer.varint(kMade, numbering.made);
  for (std::uint32_t reason = 0; reason < kDropReasons; ++reason) {
    writer.varint(kDropped + reason, numbering.dropped[reason]);
  }
  encoded.resize(static_cast<std::size_t>(writer.end() - encoded.data()));
  return encoded;
}

}  // namespace hapax
