// SPDX-License-Identifier: Apache-2.0
#include "bench_client/batch_body.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <set>

namespace hapax::bench {
namespace {

using Json = nlohmann::json;

constexpr auto kNow = processing_time_from_micros(1'795'473'638'123'000);

class TestRandom : public Random {
 public:
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_{1};
};

TEST(BatchBodyTest, IsJsonWithTheWriteKeyAndTheTimeOfSending) {
  TestRandom random;
  MessageIds ids(random);
  BatchBody body({.events = 3, .write_key = "key"});
  const auto json = Json::parse(body.refresh(ids, kNow));
  EXPECT_EQ(json.at("writeKey"), "key");
  EXPECT_EQ(json.at("sentAt"), "2026-11-23T22:40:38.123Z");
  EXPECT_EQ(json.at("batch").size(), 3U);
}

TEST(BatchBodyTest, EventsAreTrackCallsOfAboutThreeHundredSixtyBytes) {
  TestRandom random;
  MessageIds ids(random);
  BatchBody body({.events = 100});
  EXPECT_NEAR(static_cast<double>(body.size()) / 100, 361, 15);
  const std::regex uuid_v4("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  const std::regex second_before("2026-11-23T22:40:37\\.[0-9]{3}Z");
  std::set<std::string> names;
  const auto json = Json::parse(body.refresh(ids, kNow));
  for (const auto& event : json.at("batch")) {
    EXPECT_EQ(event.at("type"), "track");
    EXPECT_TRUE(std::regex_match(event.at("messageId").get<std::string>(), uuid_v4));
    EXPECT_TRUE(std::regex_match(event.at("timestamp").get<std::string>(), second_before));
    EXPECT_EQ(event.at("properties").size(), 7U);
    EXPECT_TRUE(event.at("context").contains("device"));
    names.insert(event.at("event").get<std::string>());
  }
  EXPECT_EQ(names.size(), 10U);
}

TEST(BatchBodyTest, EveryRefreshBringsNewMessageIdsOverTheSameBytes) {
  TestRandom random;
  MessageIds ids(random);
  BatchBody one({.events = 10});
  BatchBody other({.events = 10});
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    for (auto* body : {&one, &other}) {
      const auto bytes = body->size();
      const auto text = body->refresh(ids, kNow);
      EXPECT_EQ(text.size(), bytes);
      const auto json = Json::parse(text);
      for (const auto& event : json.at("batch")) {
        seen.insert(event.at("messageId").get<std::string>());
      }
    }
  }
  EXPECT_EQ(seen.size(), 2000U);
}

TEST(BatchBodyTest, RunsDoNotShareMessageIds) {
  TestRandom random;
  MessageIds first_run(random);
  MessageIds second_run(random);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    for (auto* ids : {&first_run, &second_run}) {
      std::string text(MessageIds::kTextBytes, ' ');
      ids->write_next(text.data());
      seen.insert(text);
    }
  }
  EXPECT_EQ(seen.size(), 2000U);
}

}  // namespace
}  // namespace hapax::bench
