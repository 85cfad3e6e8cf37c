// SPDX-License-Identifier: Apache-2.0
#include "events/record_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "record/clock_state.hpp"
#include "record/event_wire.hpp"
#include "record/result_settings.hpp"
#include "views/catalog/catalog_record.hpp"

namespace hapax {
namespace {

TEST(RecordJsonTest, IsOneLineHoweverPropertiesWereWritten) {
  EventView event;
  event.source = "web";
  event.type = EventType::kTrack;
  event.name = "two\nlines";
  event.properties = "{\r\n  \"text\": \"a\\nb\",\n  \"list\": [1,\n 2]\n}";
  const auto line = to_json_line(PartitionId(1), Offset(7), event);
  EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json.at("offset"), 7);
  EXPECT_EQ(json.at("type"), "track");
  EXPECT_EQ(json.at("name"), "two\nlines");
  EXPECT_EQ(json.at("properties"), nlohmann::json::parse(event.properties));
}

TEST(RecordJsonTest, KeepsPropertiesAsTheyWereSent) {
  EventView event;
  event.properties = R"({"price": 1.10,"b":2, "a":1e400})";
  const auto line = to_json_line(PartitionId(0), Offset(0), event);
  EXPECT_NE(line.find(event.properties), std::string::npos) << line;
}

TEST(RecordJsonTest, AControlRecordIsItsKindAndValue) {
  const std::string control = encode_control({.kind = "clock", .value = "accept"});
  EventView event;
  event.control = control;
  EXPECT_EQ(to_json_line(PartitionId(1), Offset(2), event),
            "{\"partition\":1,\"offset\":2,\"receivedAt\":\"1970-01-01T00:00:00.000Z\","
            "\"control\":\"clock\",\"value\":\"accept\"}");
}

TEST(RecordJsonTest, ControlRecordsAreReadable) {
  const auto json_of = [](std::string_view kind, std::string_view value) {
    const std::string control = encode_control({.kind = kind, .value = value});
    EventView event;
    event.control = control;
    auto json = nlohmann::json::parse(to_json_line(PartitionId(1), Offset(2), event));
    for (const char* of_all : {"partition", "offset", "receivedAt"}) {
      json.erase(of_all);
    }
    return json.dump();
  };
  ClockState clock;
  clock.number = 3;
  clock.is_confirmed = false;
  EXPECT_EQ(json_of(kClockControl, encode_clock_state(clock)),
            R"({"confirmed":false,"control":"clock","corrections":0,"doubted":false,)"
            R"("number":3,"openDoubts":0})");
  EXPECT_EQ(json_of(kCatalogControl, encode_announcement({.number = 4, .text_hash = 1})),
            R"({"catalog":4,"control":"views"})");
  EXPECT_EQ(json_of("later", std::string("a\0\xff", 3)),
            R"({"control":"later","valueHex":"6100ff"})");
  EXPECT_EQ(json_of("lost", ""), R"({"control":"lost"})");
}

TEST(RecordJsonTest, ANumberSaysOfWhichCount) {
  const std::string own = encode_numbering({.epoch = "e1", .made = 9});
  EventView event;
  event.anonymous_id = "phone";
  event.sequence = 7;
  event.numbering = own;
  constexpr const char* kNumber =
      R"("numberedDevice":"phone","numberedEpoch":"e1","sequence":7,"numbersMade":9})";
  EXPECT_NE(to_json_line(PartitionId(0), Offset(0), event).find(kNumber), std::string::npos);
  const std::string other = encode_numbering({.device = "tab", .epoch = "e1", .made = 9});
  event.numbering = other;
  event.rejection = RejectionView{.code = "c"};
  EXPECT_NE(to_json_line(PartitionId(0), Offset(0), event).find(R"("numberedDevice":"tab")"),
            std::string::npos);
}

TEST(RecordJsonTest, SettingsAreReadable) {
  const std::string value = encode_result_settings({.dedup_window = std::chrono::seconds(3),
                                                    .out_of_order_bound = Microseconds(0),
                                                    .idle_timeout = Microseconds(7)});
  const std::string control = encode_control({.kind = kSettingsControl, .value = value});
  EventView event;
  event.control = control;
  EXPECT_NE(to_json_line(PartitionId(0), Offset(0), event)
                .find("\"control\":\"settings\",\"dedupWindowMicros\":3000000,"
                      "\"outOfOrderBoundMicros\":0,\"idleTimeoutMicros\":7"),
            std::string::npos);
}

}  // namespace
}  // namespace hapax
