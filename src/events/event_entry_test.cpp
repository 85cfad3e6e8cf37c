// SPDX-License-Identifier: Apache-2.0
#include "events/event_entry.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "record/event_time.hpp"
#include "record/event_wire.hpp"
#include "record/receipt.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;

constexpr LogId kLog{7};
constexpr EventAddress kAt{PartitionId(3), Offset(17)};

Json entry(const EventView& event, EventVerdict verdict = EventVerdict::kFirst,
           const std::optional<EventAddress>& of = std::nullopt) {
  return Json::parse(event_entry(kLog, kAt, event, verdict, of));
}

TEST(EventEntryTest, SaysTheRecordAndWhatBecameOfIt) {
  const EventView event{.source = "web",
                        .message_id = "m",
                        .type = EventType::kTrack,
                        .name = "Say \"hi\"\n",
                        .user_id = "ada",
                        .sequence = 5,
                        .original_timestamp = EventTime(hours(1)),
                        .received_at = ProcessingTime(hours(2)),
                        .event_time = EventTime(hours(1)),
                        .properties = "{\n\"a\": 1.50}"};
  const Json json = entry(event, EventVerdict::kConflict, EventAddress{PartitionId(1), Offset(2)});
  EXPECT_EQ(json.at("partition"), 3);
  EXPECT_EQ(json.at("offset"), 17);
  EXPECT_EQ(decode_receipt(json.at("receipt").get<std::string>()).value(),
            (Receipt{kLog, {{PartitionId(3), Offset(18)}}}));
  EXPECT_EQ(json.at("verdict"), "conflict");
  EXPECT_EQ(json.at("of"), Json({{"partition", 1}, {"offset", 2}}));
  EXPECT_EQ(json.at("name"), "Say \"hi\"\n");
  EXPECT_EQ(json.at("user_id"), "ada");
  EXPECT_TRUE(json.at("anonymous_id").is_null());
  EXPECT_EQ(json.at("original_timestamp"), "1970-01-01T01:00:00.000Z");
  EXPECT_TRUE(json.at("sent_at").is_null());
  EXPECT_EQ(json.at("received_at"), "1970-01-01T02:00:00.000Z");
  EXPECT_EQ(json.at("properties"), Json({{"a", 1.5}}));
  EXPECT_TRUE(json.at("cut").is_null());
  EXPECT_TRUE(json.at("rejection").is_null());
  EXPECT_EQ(json.at("sequence"), 5);
}

TEST(EventEntryTest, SaysWhyAnEventHasItsTime) {
  const ProcessingTime received(hours(1'000'000));
  const EventTime now = as_event_time(received);
  const auto at = [](EventTime time) { return std::optional(Timestamp{.time = time}); };
  const std::vector<std::pair<DeviceTimes, std::string>> cases = {
      {{at(now), false, at(now)}, "as_sent"},
      {{}, "at_arrival"},
      {{std::nullopt, true, std::nullopt}, "unreadable"},
      {{at(now + hours(1)), false, at(now + hours(1))}, "ahead_corrected"},
      {{at(now - hours(1)), false, at(now - hours(1))}, "behind_corrected"},
      {{at(now + hours(9)), false, std::nullopt}, "too_far_ahead"},
  };
  for (const auto& [times, reason] : cases) {
    const auto decision = decide_event_time(times, received, true, minutes(10));
    EventView event{.received_at = received, .event_time = decision.event_time};
    event.original_timestamp = times.act ? std::optional(times.act->time) : std::nullopt;
    event.flags = event_flags(decision.reason);
    EXPECT_EQ(time_reason(event), reason);
  }
  const EventView left{.original_timestamp = now, .flags = kEventFlagClockBehind};
  EXPECT_EQ(time_reason(left), "behind_left");
}

TEST(EventEntryTest, ARejectedOneHasItsBytesAsText) {
  const std::string original = "{\"a\":\"\xff\"";
  const EventView event{.source = "web",
                        .message_id = "m",
                        .rejection = RejectionView{
                            .code = "invalid_json", .reason = "at byte 6", .original = original}};
  const Json json = entry(event, EventVerdict::kRejected);
  EXPECT_EQ(json.at("rejection").at("code"), "invalid_json");
  EXPECT_EQ(json.at("rejection").at("reason"), "at byte 6");
  EXPECT_EQ(json.at("rejection").at("original"), "{\"a\":\"\uFFFD\"");
  EXPECT_EQ(json.at("rejection").at("original_exact"), false);
  EXPECT_TRUE(json.at("type").is_null());
  EXPECT_TRUE(json.at("event_time").is_null());
  EventView exact = event;
  exact.rejection->original = "plain \uFFFD";
  EXPECT_EQ(entry(exact).at("rejection").at("original_exact"), true);
  exact.rejection->original = "";
  EXPECT_EQ(entry(exact).at("rejection").at("original"), "");
}

TEST(EventEntryTest, ANumberedOneSaysWhichOfItsDeviceItIs) {
  const std::string named = encode_numbering({.device = "phone", .epoch = "e1", .made = 9});
  const std::string unnamed = encode_numbering({.epoch = "e1", .made = 9});
  EventView event{.anonymous_id = "anybody", .sequence = 7};
  EXPECT_TRUE(entry(event).at("number").is_null());
  event.numbering = named;
  EXPECT_EQ(entry(event).at("number"), Json({{"device", "phone"}, {"epoch", "e1"}, {"n", 7}}));
  event.numbering = unnamed;
  EXPECT_EQ(entry(event).at("number").at("device"), "anybody");
}

TEST(EventEntryTest, OfWhatIsLargeTheBeginningIsShownWithAllItsBytes) {
  constexpr std::size_t kShown = 64U << 10U;
  const std::string original = "x" + std::string(16U << 20U, '\1');
  const EventView rejected{
      .source = "web",
      .rejection = RejectionView{.code = "event_too_large", .reason = "r", .original = original}};
  const std::string large = event_entry(kLog, kAt, rejected, EventVerdict::kRejected, std::nullopt);
  EXPECT_LE(large.size(), kEventEntryBytesMax);
  const Json rejection = Json::parse(large).at("rejection");
  EXPECT_EQ(rejection.at("original"), original.substr(0, kShown));
  EXPECT_EQ(rejection.at("original_bytes"), original.size());
  EXPECT_EQ(rejection.at("original_cut"), true);
  const std::string object = R"({"a":")" + std::string(1U << 20U, 'a') + R"("})";
  const std::string quotes = R"({"a":")" + std::string(1U << 20U, '\\') + R"("})";
  const EventView event{.properties = object, .context = quotes, .traits = quotes};
  const std::string all = event_entry(kLog, kAt, event, EventVerdict::kFirst, std::nullopt);
  EXPECT_LE(all.size(), kEventEntryBytesMax);
  const Json json = Json::parse(all);
  EXPECT_EQ(json.at("properties"), object.substr(0, kShown));
  EXPECT_EQ(
      json.at("cut"),
      Json({{"properties", object.size()}, {"context", quotes.size()}, {"traits", quotes.size()}}));
}

TEST(EventEntryTest, WhatIsJustNotTooLargeIsWhole) {
  const std::string original(64U << 10U, 'a');
  const EventView event{.rejection = RejectionView{.code = "c", .original = original}};
  const Json rejection = entry(event, EventVerdict::kRejected).at("rejection");
  EXPECT_EQ(rejection.at("original"), original);
  EXPECT_EQ(rejection.at("original_bytes"), original.size());
  EXPECT_EQ(rejection.at("original_cut"), false);
  EXPECT_TRUE(entry(event, EventVerdict::kRejected).at("cut").is_null());
}

TEST(EventEntryTest, ACharacterIsNotCut) {
  const std::string original = std::string((64U << 10U) - 1, 'a') + "\u00E9 and more";
  const EventView event{.rejection = RejectionView{.code = "c", .original = original}};
  const Json rejection = entry(event, EventVerdict::kRejected).at("rejection");
  EXPECT_EQ(rejection.at("original"), original.substr(0, (64U << 10U) - 1));
  EXPECT_EQ(rejection.at("original_exact"), true);
  EXPECT_EQ(rejection.at("original_cut"), true);
}

TEST(EventEntryTest, FlagsHaveNames) {
  const EventView event{.flags = kEventFlagClockAhead | kEventFlagNonNumber};
  EXPECT_EQ(entry(event).at("flags"), Json({"clock_ahead", "non_number"}));
}

}  // namespace
}  // namespace hapax
