#include "core/event_wire.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "core/varint.hpp"

namespace hapax {
namespace {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// Field numbers of proto/hapax/v1/event.proto.
enum Field : std::uint32_t {
  kSource = 1,
  kMessageId = 2,
  kType = 3,
  kName = 4,
  kUserId = 5,
  kAnonymousId = 6,
  kSessionId = 7,
  kSequence = 8,
  kOriginalTimestamp = 9,
  kSentAt = 10,
  kReceivedAt = 11,
  kEventTime = 12,
  kProperties = 13,
  kContext = 14,
  kTraits = 15,
  kGroupId = 16,
  kPreviousId = 17,
  kCategory = 18,
  kSchemaVersion = 19,
  kFlags = 20,
  kRejection = 21,
};
enum RejectionField : std::uint32_t { kCode = 1, kReason = 2, kOriginal = 3 };

constexpr std::size_t kFieldCount = 24;  // Of both messages.
constexpr std::size_t kTagBytesMax = 2;
constexpr EventType kEventTypeLast = EventType::kAlias;

constexpr std::uint32_t tag(std::uint32_t field, WireType type) {
  return field << 3U | type;
}

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
  std::size_t bytes = kFieldCount * (kTagBytesMax + kVarintBytesMax);
  for (const std::string_view value :
       {event.source, event.message_id, event.name, event.user_id, event.anonymous_id,
        event.session_id, event.properties, event.context, event.traits, event.group_id,
        event.previous_id, event.category}) {
    bytes += value.size();
  }
  return bytes + (event.rejection ? rejection_size(*event.rejection) : 0);
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
}

// Takes values off the front of a record. After the first damage every take gives an empty value
// and ok() is false, so that callers check once per field.
class Reader {
 public:
  explicit Reader(std::string_view from) : from_(from) {}

  bool ok() const { return ok_; }
  bool done() const { return from_.empty() || !ok_; }

  std::uint64_t varint() {
    if (!from_.empty() && static_cast<std::uint8_t>(from_.front()) < 0x80) {
      const auto value = static_cast<std::uint8_t>(from_.front());
      from_.remove_prefix(1);
      return value;
    }
    const auto value = take_varint(from_);
    ok_ = ok_ && value.has_value();
    return value.value_or(0);
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
      ok_ = false;
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
        ok_ = false;
    }
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (!ok_ || size > from_.size()) {
      ok_ = false;
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

bool read_rejection_field(Reader& reader, EventView& event) {
  if (!event.rejection) {
    event.rejection.emplace();
  }
  return read_rejection(reader.bytes(), *event.rejection);
}

bool read_field(Reader& reader, EventView& event) {
  switch (const std::uint64_t field = reader.varint(); field) {
    case tag(kSource, kBytes):
      event.source = reader.bytes();
      break;
    case tag(kMessageId, kBytes):
      event.message_id = reader.bytes();
      break;
    case tag(kType, kVarint):
      event.type = event_type(reader.varint());
      break;
    case tag(kName, kBytes):
      event.name = reader.bytes();
      break;
    case tag(kUserId, kBytes):
      event.user_id = reader.bytes();
      break;
    case tag(kAnonymousId, kBytes):
      event.anonymous_id = reader.bytes();
      break;
    case tag(kSessionId, kBytes):
      event.session_id = reader.bytes();
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
    case tag(kProperties, kBytes):
      event.properties = reader.bytes();
      break;
    case tag(kContext, kBytes):
      event.context = reader.bytes();
      break;
    case tag(kTraits, kBytes):
      event.traits = reader.bytes();
      break;
    case tag(kGroupId, kBytes):
      event.group_id = reader.bytes();
      break;
    case tag(kPreviousId, kBytes):
      event.previous_id = reader.bytes();
      break;
    case tag(kCategory, kBytes):
      event.category = reader.bytes();
      break;
    case tag(kSchemaVersion, kVarint):
      event.schema_version = static_cast<std::uint32_t>(reader.varint());
      break;
    case tag(kFlags, kVarint):
      event.flags = static_cast<std::uint32_t>(reader.varint());
      break;
    case tag(kRejection, kBytes):
      return read_rejection_field(reader, event) && reader.ok();
    default:
      reader.skip(field, kRejection);
  }
  return reader.ok();
}

}  // namespace

void encode_event(const EventView& event, std::string& record) {
  const std::size_t start = record.size();
  record.resize(start + encoded_bytes_max(event));
  Writer writer(record.data() + start);
  write_event(event, writer);
  record.resize(static_cast<std::size_t>(writer.end() - record.data()));
}

Result<EventView> decode_event(std::string_view record) {
  EventView event;
  Reader reader(record);
  while (!reader.done()) {
    if (!read_field(reader, event)) {
      return Error{ErrorKind::kCorrupt,
                   "record of " + std::to_string(record.size()) + " bytes is not a hapax.v1.Event"};
    }
  }
  return event;
}

void append_framed(std::string_view record, std::string& records) {
  append_varint(record.size(), records);
  records.append(record);
}

Result<std::string_view> take_framed(std::string_view& records) {
  std::string_view rest = records;
  const auto size = take_varint(rest);
  if (!size || *size > rest.size()) {
    return Error{ErrorKind::kCorrupt, "framed record leads past the end of its " +
                                          std::to_string(records.size()) + " bytes"};
  }
  const std::string_view record = rest.substr(0, *size);
  records = rest.substr(*size);
  return record;
}

}  // namespace hapax
