// SPDX-License-Identifier: Apache-2.0
// The numbers of a device's events, from the body into the records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "collector/collector_test_support.hpp"

namespace hapax {
namespace {

using nlohmann::json;

constexpr const char* kEpoch = "AAECAwQFBgcICQoLDA0ODw";

class NumberingTest : public CollectorHarness {
 protected:
  static json event(const std::string& id, std::optional<json> sequence) {
    json made = {{"type", "track"}, {"event", "E"}, {"messageId", id}, {"anonymousId", "phone"}};
    if (sequence) {
      made["sequence"] = *sequence;
    }
    return made;
  }
  static json numbering(const std::string& device = "tab") {
    return {{"device", device},
            {"epoch", kEpoch},
            {"made", 57},
            {"dropped", {{"queue_full", 2}, {"too_large", 1}, {"bored", 3}, {"asleep", 4}}}};
  }
  IngestResponse post_batch(const std::vector<json>& events, const json& numbering) {
    return post("/v1/batch", json{{"numbering", numbering}, {"batch", events}}.dump());
  }
  /// The record of message id `id`.
  EventView record(std::string_view id) const {
    const auto events = stored();
    const auto found = std::ranges::find(events, id, &EventView::message_id);
    EXPECT_NE(found, events.end()) << id;
    return found != events.end() ? *found : EventView();
  }
  NumberingView numbering_of(std::string_view id) const {
    const auto numbering = decode_numbering(record(id).numbering);
    EXPECT_TRUE(numbering) << id;
    return numbering ? *numbering : NumberingView();
  }
};

TEST_F(NumberingTest, EventsWithASequenceHaveTheBodysNumbering) {
  EXPECT_EQ(post_batch({event("a", 55), event("b", std::nullopt)}, numbering()).status, 200);
  EXPECT_EQ(record("a").sequence, 55U);
  EXPECT_EQ(
      numbering_of("a"),
      (NumberingView{.device = "tab", .epoch = kEpoch, .made = 57, .dropped = {2, 0, 0, 1, 7}}));
  EXPECT_EQ(record("b").numbering, "");
  EXPECT_EQ(collector().stats().numberings_ignored, 0U);
}

TEST_F(NumberingTest, TheDeviceIsLeftOutWhereItIsTheAnonymousId) {
  post_batch(std::vector{event("a", 1)}, numbering("phone"));
  EXPECT_EQ(numbering_of("a").device, "");
}

TEST_F(NumberingTest, MayStandBehindTheEventsAndInSingleEvents) {
  post("/v1/batch",
       R"({"batch":[)" + event("a", 3).dump() + R"(],"numbering":)" + numbering().dump() + "}");
  EXPECT_EQ(numbering_of("a").made, 57U);
  json single = event("b", 4);
  single["numbering"] = numbering();
  EXPECT_EQ(post("/v1/track", single.dump()).status, 200);
  EXPECT_EQ(record("b").sequence, 4U);
  EXPECT_EQ(numbering_of("b").made, 57U);
}

TEST_F(NumberingTest, ARejectedEventsNumberHasArrivedWhereItsJsonIsSound) {
  json bad = event("bad", 8);
  bad.erase("event");
  EXPECT_EQ(post_batch(std::vector{bad}, numbering("phone")).status, 200);
  EXPECT_TRUE(record("bad").rejection);
  EXPECT_EQ(record("bad").sequence, 8U);
  EXPECT_EQ(numbering_of("bad").device, "phone") << "a dead letter has no anonymous id";
}

TEST_F(NumberingTest, ADamagedEventHasNoNumber) {
  post("/v1/batch", R"({"numbering":)" + numbering().dump() +
                        R"(,"batch":[{"messageId":"cut","sequence":1,"n":007}]})");
  EXPECT_EQ(only().rejection.value().code, "invalid_json");
  EXPECT_EQ(only().sequence, 0U);
  EXPECT_EQ(only().numbering, "");
}

TEST_F(NumberingTest, WithoutANumberingASequenceIsStoredAsEver) {
  post("/v1/batch", json{{"batch", json::array({event("a", 5)})}}.dump());
  EXPECT_EQ(record("a").sequence, 5U);
  EXPECT_EQ(record("a").numbering, "");
  post_batch(std::vector{event("b", 6)}, nullptr);
  EXPECT_EQ(record("b").numbering, "");
  EXPECT_EQ(collector().stats().numberings_ignored, 0U);
}

TEST_F(NumberingTest, ADeadLetterWithoutANumberingHasNoSequence) {
  json bad = event("bad", 8);
  bad.erase("event");
  post("/v1/batch", json{{"batch", json::array({bad})}}.dump());
  EXPECT_EQ(record("bad").sequence, 0U);
}

json with(json numbering, const std::string& key, const json& value) {
  numbering[key] = value;
  return numbering;
}

TEST_F(NumberingTest, WhatCannotBeUsedIsIgnoredAndCounted) {
  json without_epoch = numbering();
  without_epoch.erase("epoch");
  const std::vector<json> useless{
      "tab",
      7,
      json::array({1}),
      json::object(),
      without_epoch,
      with(numbering(), "device", ""),
      with(numbering(), "device", 7),
      with(numbering(), "device", std::string(65, 'd')),
      with(numbering(), "epoch", "line\nend"),
      with(numbering(), "epoch", "h\u00e9"),
      with(numbering(), "made", -1),
      with(numbering(), "made", 1.5),
      with(numbering(), "made", "57"),
      with(numbering(), "dropped", 3),
      with(numbering(), "dropped", {{"queue_full", "2"}}),
  };
  std::uint64_t ignored = 0;
  for (const json& numbering : useless) {
    start_anew();
    const auto answer = post_batch(std::vector{event("a", 55)}, numbering);
    EXPECT_EQ(json_of(answer)["accepted"], 1) << numbering;
    EXPECT_EQ(record("a").numbering, "") << numbering;
    EXPECT_EQ(record("a").sequence, 55U) << numbering;
    ignored += collector().stats().numberings_ignored;
  }
  EXPECT_EQ(ignored, useless.size());
}

TEST_F(NumberingTest, IdsOf64PrintableBytesAndEscapedOnesAreTaken) {
  const std::string longest(64, '~');
  post_batch(std::vector{event("a", 1)}, numbering(longest));
  EXPECT_EQ(numbering_of("a").device, longest);
  post("/v1/batch", R"({"batch":[)" + event("b", 2).dump() +
                        R"(],"numbering":{"devic\u0065":"t\u0061b","epoch":"e"}})");
  EXPECT_EQ(numbering_of("b"), (NumberingView{.device = "tab", .epoch = "e"}));
}

TEST_F(NumberingTest, OfARepeatedKeyTheLastOneCounts) {
  post("/v1/batch",
       R"({"numbering":{"device":"x","epoch":"e","made":1,"dropped":{"refused":9}},"batch":[)" +
           event("a", 2).dump() +
           R"(],"numbering":{"device":3,"epoch":"e","device":"y","dropped":{"refused":9},)"
           R"("dropped":{"too_old":1}}})");
  EXPECT_EQ(numbering_of("a"),
            (NumberingView{.device = "y", .epoch = "e", .dropped = {0, 1, 0, 0, 0}}));
}

TEST_F(NumberingTest, DropsBeyond32BitsAreTheMostThatCanBeSaid) {
  post_batch(std::vector{event("a", 1)},
             with(numbering(), "dropped", {{"x", 1}, {"y", 18'446'744'073'709'551'615U}}));
  EXPECT_EQ(numbering_of("a").dropped[4], 4'294'967'295U);
}

TEST_F(NumberingTest, DamageInItCostsItAlone) {
  const auto answer = post("/v1/batch", R"({"batch":[)" + event("a", 1).dump() +
                                            R"(],"numbering":{"device":"x","made":007}})");
  EXPECT_EQ(json_of(answer)["accepted"], 1);
  EXPECT_EQ(json_of(answer)["rejected"], 1);
  EXPECT_EQ(record("a").numbering, "");
}

}  // namespace
}  // namespace hapax
