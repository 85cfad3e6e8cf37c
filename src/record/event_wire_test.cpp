// SPDX-License-Identifier: Apache-2.0
#include "record/event_wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "hapax/v1/event.pb.h"

namespace hapax {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

v1::Event to_proto(const EventView& event) {
  v1::Event proto;
  proto.set_source(std::string(event.source));
  proto.set_message_id(std::string(event.message_id));
  proto.set_type(static_cast<v1::EventType>(event.type));
  proto.set_name(std::string(event.name));
  proto.set_user_id(std::string(event.user_id));
  proto.set_anonymous_id(std::string(event.anonymous_id));
  proto.set_session_id(std::string(event.session_id));
  proto.set_sequence(event.sequence);
  if (event.original_timestamp) {
    proto.set_original_timestamp(to_micros(*event.original_timestamp));
  }
  if (event.sent_at) {
    proto.set_sent_at(to_micros(*event.sent_at));
  }
  proto.set_received_at(to_micros(event.received_at));
  proto.set_event_time(to_micros(event.event_time));
  proto.set_properties(std::string(event.properties));
  proto.set_context(std::string(event.context));
  proto.set_traits(std::string(event.traits));
  proto.set_group_id(std::string(event.group_id));
  proto.set_previous_id(std::string(event.previous_id));
  proto.set_category(std::string(event.category));
  proto.set_schema_version(event.schema_version);
  proto.set_flags(event.flags);
  if (event.rejection) {
    proto.mutable_rejection()->set_code(std::string(event.rejection->code));
    proto.mutable_rejection()->set_reason(std::string(event.rejection->reason));
    proto.mutable_rejection()->set_original(std::string(event.rejection->original));
  }
  proto.set_original_timestamp_text(std::string(event.original_timestamp_text));
  proto.set_clock_epoch(event.clock_epoch);
  proto.set_control(std::string(event.control));
  proto.set_numbering(std::string(event.numbering));
  return proto;
}

std::string encode(const EventView& event) {
  std::string record;
  encode_event(event, record);
  return record;
}

EventView full_event() {
  return {.source = "shop",
          .message_id = "m-1",
          .type = EventType::kTrack,
          .name = "Order Completed",
          .user_id = "u-1",
          .anonymous_id = "a-1",
          .session_id = "s-1",
          .sequence = std::numeric_limits<std::uint64_t>::max(),
          .original_timestamp = event_time_from_micros(-1),
          .sent_at = event_time_from_micros(0),
          .received_at = processing_time_from_micros(kMin),
          .event_time = event_time_from_micros(kMax),
          .properties = R"({"price":1e400})",
          .context = R"({"ip":"::1"})",
          .traits = "{}",
          .group_id = "g-1",
          .previous_id = "p-1",
          .category = "c-1",
          .schema_version = std::numeric_limits<std::uint32_t>::max(),
          .flags = std::numeric_limits<std::uint32_t>::max(),
          .rejection =
              RejectionView{.code = "missing_identity", .reason = "No id.", .original = "\xff{}"},
          .original_timestamp_text = "yesterday",
          .clock_epoch = std::numeric_limits<std::uint32_t>::max(),
          .control = "\x0a\x01k",
          .numbering =
              "\x12\x01"
              "e\x18\x07"};
}

// Random events whose strings live in `pool`.
class EventMaker {
 public:
  explicit EventMaker(std::uint64_t seed) : random_(seed) {}

  EventView next() {
    pool_.clear();
    pool_.reserve(32);
    EventView event{.source = text(),
                    .message_id = text(),
                    .type = static_cast<EventType>(random_() % 7),
                    .name = text(),
                    .user_id = text(),
                    .anonymous_id = text(),
                    .session_id = text(),
                    .sequence = number(),
                    .original_timestamp = {},
                    .sent_at = {},
                    .received_at = processing_time_from_micros(time()),
                    .event_time = event_time_from_micros(time()),
                    .properties = text(),
                    .context = text(),
                    .traits = text(),
                    .group_id = text(),
                    .previous_id = text(),
                    .category = text(),
                    .schema_version = static_cast<std::uint32_t>(number()),
                    .flags = static_cast<std::uint32_t>(number()),
                    .rejection = {},
                    .original_timestamp_text = text(),
                    .clock_epoch = static_cast<std::uint32_t>(number()),
                    .control = text(),
                    .numbering = text()};
    if (coin()) {
      event.original_timestamp = event_time_from_micros(time());
    }
    if (coin()) {
      event.sent_at = event_time_from_micros(time());
    }
    if (coin()) {
      event.rejection = RejectionView{.code = text(), .reason = text(), .original = text()};
    }
    return event;
  }

 private:
  bool coin() { return random_() % 2 == 0; }
  std::uint64_t number() { return coin() ? 0 : random_() >> (random_() % 64); }
  std::int64_t time() { return static_cast<std::int64_t>(number()); }
  std::string_view text() {
    constexpr std::size_t kLengths[] = {0, 1, 7, 127, 128, 300, 16'384};
    const std::size_t length = coin() ? 0 : kLengths[random_() % std::size(kLengths)];
    return pool_.emplace_back(length, static_cast<char>('a' + random_() % 26));
  }

  std::mt19937_64 random_;
  std::vector<std::string> pool_;
};

TEST(EventWireTest, WritesTheBytesOfLibprotobuf) {
  EXPECT_EQ(encode(full_event()), to_proto(full_event()).SerializeAsString());
  EXPECT_EQ(encode({}), "");
  EventMaker maker(1);
  for (int i = 0; i < 2000; ++i) {
    const EventView event = maker.next();
    ASSERT_EQ(encode(event), to_proto(event).SerializeAsString());
  }
}

TEST(EventWireTest, ReadsWhatLibprotobufWrites) {
  EventMaker maker(2);
  for (int i = 0; i < 2000; ++i) {
    const EventView event = maker.next();
    const std::string record = to_proto(event).SerializeAsString();
    const auto decoded = decode_event(record);
    ASSERT_TRUE(decoded.has_value());
    ASSERT_EQ(*decoded, event);
  }
}

TEST(EventWireTest, AppendsAfterWhatIsThere) {
  std::string record = "before";
  encode_event({.source = "s"}, record);
  EXPECT_EQ(record, "before" + encode({.source = "s"}));
}

TEST(EventWireTest, KeepsAbsentApartFromZero) {
  const std::string record = encode({.sent_at = event_time_from_micros(0)});
  const auto event = decode_event(record);
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->sent_at, event_time_from_micros(0));
  EXPECT_EQ(event->original_timestamp, std::nullopt);
}

// A cut inside a field is damage; a cut between fields is a shorter event, as libprotobuf sees it.
TEST(EventWireTest, AgreesWithLibprotobufOnEveryTruncation) {
  const std::string record = encode(full_event());
  for (std::size_t size = 0; size < record.size(); ++size) {
    const std::string cut = record.substr(0, size);
    v1::Event proto;
    const auto event = decode_event(cut);
    ASSERT_EQ(event.has_value(), proto.ParseFromString(cut)) << size;
    if (event) {
      EXPECT_EQ(encode(*event), proto.SerializeAsString()) << size;
    } else {
      EXPECT_EQ(event.error().kind, ErrorKind::kCorrupt);
    }
  }
}

// Strings with bytes that may be no UTF-8 are left out: the decoder leaves those to who writes.
bool has_plain_strings(const EventView& event) {
  for (const std::string_view text :
       {event.source, event.message_id, event.name, event.user_id, event.anonymous_id,
        event.session_id, event.group_id, event.previous_id, event.category,
        event.rejection.value_or(RejectionView{}).code,
        event.rejection.value_or(RejectionView{}).reason}) {
    for (const char byte : text) {
      if (static_cast<unsigned char>(byte) >= 0x80) {
        return false;
      }
    }
  }
  return true;
}

TEST(EventWireTest, AcceptsNoDamageThatLibprotobufRefuses) {
  std::mt19937_64 random(3);
  const EventView event = full_event();
  const std::string record = encode(event);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = record;
    damaged[random() % damaged.size()] = static_cast<char>(random() % 128);
    const auto decoded = decode_event(damaged);
    if (decoded && has_plain_strings(*decoded)) {
      ++accepted;
      v1::Event proto;
      ASSERT_TRUE(proto.ParseFromString(damaged));
      proto.DiscardUnknownFields();
      if (static_cast<int>(proto.type()) <= 6 && proto.type() >= 0) {
        ASSERT_EQ(encode(*decoded), proto.SerializeAsString());
      }
    }
  }
  EXPECT_GT(accepted, 1000);
}

TEST(EventWireTest, SkipsUnknownFieldsOfEveryWireType) {
  const std::string unknown(
      "\xf0\x01\x05"                              // 30: varint
      "\xf9\x01\x01\x02\x03\x04\x05\x06\x07\x08"  // 31: fixed64
      "\x82\x02\x03xyz"                           // 32: bytes
      "\x8d\x02\x01\x02\x03\x04",                 // 33: fixed32
      3 + 10 + 6 + 6);
  const std::string record = unknown + encode({.source = "s"}) + unknown;
  const auto event = decode_event(record);
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(*event, (EventView{.source = "s"}));
  v1::Event proto;
  ASSERT_TRUE(proto.ParseFromString(record));
}

TEST(EventWireTest, RefusesKnownFieldsOfTheWrongWireType) {
  EXPECT_FALSE(decode_event(std::string("\x08\x01", 2)));              // 1 as varint
  EXPECT_FALSE(decode_event(std::string("\x1a\x01x", 3)));             // 3 as bytes
  EXPECT_FALSE(decode_event(std::string("\x58\x01", 2)));              // 11 as varint
  EXPECT_FALSE(decode_event(std::string("\xaa\x01\x02\x08\x01", 5)));  // rejection.code as varint
}

TEST(EventWireTest, RefusesFieldZeroGroupsAndOverlongNumbers) {
  EXPECT_FALSE(decode_event(std::string("\x02\x01x", 3)));
  EXPECT_FALSE(decode_event(std::string("\xb3\x01\xb4\x01", 4)));
  EXPECT_FALSE(decode_event("\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
  EXPECT_FALSE(decode_event("\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
}

TEST(EventWireTest, TakesTheLastOfARepeatedScalarAndMergesTheRejection) {
  const std::string first = encode(
      {.source = "one", .sequence = 1, .rejection = RejectionView{.code = "c", .original = "o"}});
  const std::string second =
      encode({.source = "two", .sequence = 2, .rejection = RejectionView{.code = "d"}});
  const std::string record = first + second;
  const auto event = decode_event(record);
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->source, "two");
  EXPECT_EQ(event->sequence, 2);
  EXPECT_EQ(event->rejection->code, "d");
  EXPECT_EQ(event->rejection->original, "o");
  v1::Event proto;
  ASSERT_TRUE(proto.ParseFromString(record));
  EXPECT_EQ(encode(*event), proto.SerializeAsString());
}

TEST(EventWireTest, ReadsTypesOfANewerSchemaAsUnspecified) {
  for (const std::string& record : {std::string("\x18\x07", 2), std::string("\x18\x80\x02", 3),
                                    std::string("\x18\x81\x02", 3)}) {
    const auto event = decode_event(record);
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->type, EventType::kUnspecified);
  }
}

TEST(EventWireTest, WritesAndReadsControlsAsLibprotobufDoes) {
  const std::string value(300, '\0');
  v1::Control proto;
  proto.set_kind("settings");
  proto.set_value(value);
  const std::string encoded = encode_control({.kind = "settings", .value = value});
  EXPECT_EQ(encoded, proto.SerializeAsString());
  const auto control = decode_control(encoded);
  ASSERT_TRUE(control.has_value());
  EXPECT_EQ(*control, (ControlView{.kind = "settings", .value = value}));
}

TEST(EventWireTest, RefusesControlsOfNoKindOrCutOff) {
  EXPECT_FALSE(decode_control(""));
  EXPECT_FALSE(decode_control(encode_control({.kind = {}, .value = "v"})));
  const std::string encoded = encode_control({.kind = "clock", .value = {}});
  EXPECT_FALSE(decode_control(std::string_view(encoded).substr(0, encoded.size() - 1)));
}

NumberingView full_numbering() {
  return {.device = "phone-1",
          .epoch = "AAECAwQFBgcICQoLDA0ODw",
          .made = std::numeric_limits<std::uint64_t>::max(),
          .dropped = {1, 200, std::numeric_limits<std::uint32_t>::max(), 4, 5}};
}

TEST(EventWireTest, WritesAndReadsNumberingsAsLibprotobufDoes) {
  const NumberingView numbering = full_numbering();
  v1::Numbering proto;
  proto.set_device(std::string(numbering.device));
  proto.set_epoch(std::string(numbering.epoch));
  proto.set_made(numbering.made);
  proto.set_dropped_queue_full(1);
  proto.set_dropped_too_old(200);
  proto.set_dropped_refused(std::numeric_limits<std::uint32_t>::max());
  proto.set_dropped_too_large(4);
  proto.set_dropped_other(5);
  const std::string encoded = encode_numbering(numbering);
  EXPECT_EQ(encoded, proto.SerializeAsString());
  const auto decoded = decode_numbering(encoded);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, numbering);
}

TEST(EventWireTest, ANumberingOfADeviceWithoutDropsIsAsSmallAsItsEpoch) {
  EXPECT_EQ(encode_numbering({.epoch = "AAECAwQFBgcICQoLDA0ODw", .made = 57}).size(), 26U);
}

TEST(EventWireTest, RefusesNumberingsOfNoEpochCutOffOrOfOtherTypes) {
  EXPECT_FALSE(decode_numbering(""));
  EXPECT_FALSE(decode_numbering(encode_numbering({.device = "d", .made = 1})));
  const std::string encoded = encode_numbering({.epoch = "epoch"});
  EXPECT_FALSE(decode_numbering(std::string_view(encoded).substr(0, encoded.size() - 1)));
  EXPECT_FALSE(decode_numbering(encoded + std::string("\x22\x01x", 3)));  // 4 as bytes
  EXPECT_TRUE(decode_numbering(encoded + std::string("\x48\x01", 2)));    // 9: a newer one
}

TEST(EventWireTest, TakesFramedRecordsOffInOrder) {
  std::string records;
  const std::vector<std::string> expected{"", "a", std::string(127, 'b'), std::string(128, 'c'),
                                          std::string(70'000, 'd')};
  for (const std::string& record : expected) {
    append_framed(record, records);
  }
  std::string_view rest = records;
  for (const std::string& record : expected) {
    const auto taken = take_framed(rest);
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(*taken, record);
  }
  EXPECT_TRUE(rest.empty());
  EXPECT_FALSE(take_framed(rest));
}

TEST(EventWireTest, RefusesFramesThatLeadPastTheEnd) {
  std::string records;
  append_framed(std::string(200, 'x'), records);
  for (std::size_t size = 0; size < records.size(); ++size) {
    std::string_view cut = std::string_view(records).substr(0, size);
    const auto taken = take_framed(cut);
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().kind, ErrorKind::kCorrupt);
  }
  std::string_view huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x";
  EXPECT_FALSE(take_framed(huge));
}

}  // namespace
}  // namespace hapax
