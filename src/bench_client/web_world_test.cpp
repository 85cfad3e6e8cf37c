// SPDX-License-Identifier: Apache-2.0
#include "bench_client/web_world.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "bench_client/web_requests.hpp"
#include "core/timestamp.hpp"
#include "testing/seeded_random.hpp"

namespace hapax::bench {
namespace {

using Json = nlohmann::json;

constexpr auto kEnd = event_time_from_micros(1'795'473'638'123'000);
constexpr std::uint64_t kEvents = 50'000;

std::vector<WebEvent> sent(std::uint64_t seed) {
  WebWorld world({.seed = seed, .visitors = 10'000, .events = kEvents, .end = kEnd});
  std::vector<WebEvent> events;
  for (std::uint64_t i = 0; i < kEvents; ++i) {
    events.push_back(world.next());
  }
  return events;
}

TEST(WebWorldTest, TheSameSeedMakesTheSameWorldAndAnotherOneAnother) {
  const auto one = sent(1);
  const auto same = sent(1);
  const auto other = sent(2);
  bool differs = false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(one[i].number, same[i].number);
    ASSERT_EQ(one[i].at, same[i].at);
    ASSERT_EQ(one[i].visit.visitor, same[i].visit.visitor);
    differs = differs || one[i].at != other[i].at;
  }
  EXPECT_TRUE(differs);
}

TEST(WebWorldTest, TheEventsFillMostOfTheSpan) {
  std::set<std::int64_t> hours;
  for (const auto& event : sent(3)) {
    hours.insert(std::chrono::floor<std::chrono::hours>(kEnd - event.at).count());
  }
  EXPECT_GT(hours.size(), 24U);
  EXPECT_EQ(*hours.rbegin(), 48);
  EXPECT_GT(*hours.begin(), 2);
}

TEST(WebWorldTest, NothingHappensAfterTheEnd) {
  WebWorld world({.seed = 8, .visitors = 10, .events = 100, .end = kEnd});
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_LE(world.next().at, kEnd);
  }
}

TEST(WebWorldTest, RetriesAreOfEventsThatWereSentBefore) {
  std::set<std::uint64_t> seen;
  std::uint64_t again = 0;
  for (const auto& event : sent(4)) {
    again += event.again ? 1 : 0;
    ASSERT_EQ(event.again, !seen.insert(event.number).second);
  }
  EXPECT_NEAR(static_cast<double>(again), kEvents / 50.0, kEvents / 200.0);
}

TEST(WebWorldTest, SomeVisitorsComeOftenAndManyOnce) {
  std::map<std::uint64_t, int> by_visitor;
  for (const auto& event : sent(5)) {
    ++by_visitor[event.visit.visitor];
  }
  EXPECT_GT(by_visitor[0], static_cast<int>(kEvents) / 40);
  EXPECT_GT(by_visitor.size(), 2'000U);
}

TEST(WebWorldTest, DevicesAreLateAndTheirClocksWrong) {
  int late = 0;
  int wrong = 0;
  EventTime newest{};
  for (const auto& event : sent(6)) {
    late += event.at + std::chrono::minutes(30) < newest ? 1 : 0;
    wrong += event.visit.device.clock_error != Microseconds(0) ? 1 : 0;
    newest = std::max(newest, event.at);
  }
  EXPECT_GT(late, static_cast<int>(kEvents) / 50);
  EXPECT_GT(wrong, static_cast<int>(kEvents) / 100);
}

TEST(WebWorldTest, ADeviceWhoseClockNothingCorrectsIsRight) {
  for (std::uint64_t number = 0; number < 10'000; ++number) {
    const auto device = WebDevice::of(number);
    EXPECT_TRUE(device.tells_sent_at || device.clock_error == Microseconds(0));
  }
}

class WebRequestsTest : public ::testing::Test {
 protected:
  SeededRandom random_{1};
  MessageIds ids_{random_};
};

TEST_F(WebRequestsTest, AnEventsTimeFollowsFromWhatItsDeviceSays) {
  WebWorld world({.seed = 7, .visitors = 10'000, .events = kEvents, .end = kEnd});
  const auto now = processing_time_from_micros(to_micros(kEnd));
  for (int i = 0; i < 10'000; ++i) {
    const auto event = world.next();
    std::string text;
    append_web_event(event, ids_, now, text);
    const auto json = Json::parse(text);
    const auto told = parse_timestamp(json.at("timestamp").get<std::string>());
    const auto sent_at = json.contains("sentAt")
                             ? parse_timestamp(json.at("sentAt").get<std::string>())
                             : std::optional(as_event_time(now));
    ASSERT_TRUE(told && sent_at);
    const auto corrected = as_event_time(now) - (*sent_at - *told);
    ASSERT_EQ(to_micros(corrected), json.at("properties").at("at").get<std::int64_t>());
  }
}

TEST_F(WebRequestsTest, ARetryHasTheIdOfItsFirstTry) {
  WebRequests::Settings settings;
  settings.target.host = "127.0.0.1";
  settings.events = 500;
  settings.connections = 1;
  settings.world = {.events = 10'000, .end = kEnd};
  WebRequests requests(settings, ids_);
  std::set<std::string> ids;
  std::uint64_t events = 0;
  for (int i = 0; i < 20; ++i) {
    const auto request = requests.next(0, processing_time_from_micros(to_micros(kEnd)));
    EXPECT_NE(request.head.find("Content-Length: " + std::to_string(request.body.size()) + "\r\n"),
              std::string_view::npos);
    const auto json = Json::parse(request.body);
    for (const auto& event : json.at("batch")) {
      ids.insert(event.at("messageId").get<std::string>());
      ++events;
    }
  }
  EXPECT_GT(requests.repeats(), 0U);
  EXPECT_EQ(ids.size(), events - requests.repeats());
}

}  // namespace
}  // namespace hapax::bench
