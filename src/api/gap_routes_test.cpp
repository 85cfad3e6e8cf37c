// SPDX-License-Identifier: Apache-2.0
#include "api/gap_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "numbers/number_keys.hpp"
#include "numbers/numbered_devices.hpp"
#include "record/event_wire.hpp"
#include "testing/fake_gap_source.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr std::uint32_t kDay = 20'784;  // 2026-11-27.

/// The routes over real devices.
class GapRoutesTest : public testing::Test {
 protected:
  class Source : public FakeGapSource {
   public:
    explicit Source(GapRoutesTest& test) : test_(test) {}

    void gaps(GapQuery query, std::function<void(Result<GapReport>)> answer) override {
      report = test_.devices_.report(query);
      FakeGapSource::gaps(std::move(query), std::move(answer));
    }
    void gap_devices(GapDevicesQuery query,
                     std::function<void(Result<GapDevicesMoment>)> answer) override {
      moment = test_.devices_.devices(query, test_.store_.snapshot().value());
      FakeGapSource::gap_devices(std::move(query), std::move(answer));
    }

   private:
    GapRoutesTest& test_;
  };

  void add(const std::string& source, const std::string& device, std::uint64_t number,
           std::uint64_t made = 0, std::uint32_t day = kDay) {
    const std::string numbering = encode_numbering(
        {.device = device, .epoch = "e", .made = made, .dropped = {1, 0, 0, 0, 0}});
    EventView event;
    event.source = source;
    event.sequence = number;
    event.received_at = ProcessingTime(std::chrono::hours(24 * static_cast<std::int64_t>(day)));
    event.numbering = numbering;
    ASSERT_TRUE(devices_.add(event));
  }

  HttpResponse ask_gaps(const std::string& query, const ReadScope& scope = {}) {
    FakeResponder responder;
    HttpRequest request;
    request.query = query;
    routes_.gaps(request, scope, responder.respond());
    return responder.wait();
  }
  HttpResponse ask_devices(const std::string& query) {
    FakeResponder responder;
    HttpRequest request;
    request.query = query;
    routes_.devices(request, responder.respond());
    return responder.wait();
  }
  Json gaps(const std::string& query = "", const ReadScope& scope = {}) {
    const HttpResponse response = ask_gaps(query, scope);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body);
  }
  Json devices(const std::string& query) {
    const HttpResponse response = ask_devices(query);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body);
  }

  MemoryStateStore store_;
  NumberedDevices devices_{store_, {}, 7};
  TaskPool renderer_;
  AnswerBudget answers_{1U << 20U};
  Source source_{*this};
  GapRoutes routes_{{.source = source_, .renderer = renderer_, .answers = answers_}};
};

TEST_F(GapRoutesTest, SaysPerSourceAndDayAtLeastHowManyNeverArrived) {
  add("web", "tab", 1);
  add("web", "tab", 4, 6);
  add("web", "liar", 8'000);
  add("web", "wild", 9'000);
  EXPECT_EQ(gaps().dump(), Json::parse(R"({"complete":true,"behind_records":0,
    "unseen":"devices of which nothing came, and what a device made after the last batch that came",
    "sources":[{"source":"web","devices":2,"arrived":2,"missing_at_least":2,"missing_devices":1,
      "dropped":{"queue_full":1},"open_tail":2,"open_tail_devices":1,
      "not_believed":{"missing":7999,"devices":1,"open_tail":0,"open_tail_devices":0},
      "unnumbered_devices":1}],
    "rows":[{"source":"web","day":"2026-11-27","missing_at_least":2,"missing_devices":1,
      "dropped":{"queue_full":1},"open_tail":2,"open_tail_devices":1,
      "not_believed":{"missing":7999,"devices":1,"open_tail":0,"open_tail_devices":0},
      "unnumbered_devices":1}],"next":null})")
                               .dump());
}

TEST_F(GapRoutesTest, SaysWhenTheLogLackedItsBeginning) {
  const Json json = Json::parse(gaps_json({.lacks_beginning = true}));
  EXPECT_EQ(json["complete"], false);
}

TEST_F(GapRoutesTest, SaysHowMuchOfTheLogIsNotReadYet) {
  const Json json = Json::parse(gaps_json({.is_catching_up = true, .behind_records = 7}));
  EXPECT_EQ(json["complete"], false);
  EXPECT_EQ(json["behind_records"], 7);
  EXPECT_EQ(Json::parse(gaps_json({.behind_records = 7}))["complete"], true);
}

TEST_F(GapRoutesTest, DaysAreInFromTo) {
  for (const std::uint32_t day : {kDay - 1, kDay, kDay + 1}) {
    add("web", std::to_string(day), 2, 0, day);
  }
  EXPECT_EQ(gaps("from=2026-11-27&to=2026-11-28")["rows"].size(), 1U);
  EXPECT_EQ(gaps("from=2026-11-26T00:00:01Z")["rows"].size(), 2U);
  EXPECT_EQ(gaps("from=2026-11-27&to=2026-11-28")["rows"][0]["day"], "2026-11-27");
  EXPECT_EQ(gaps("source=ios")["sources"].size(), 0U);
}

TEST_F(GapRoutesTest, PagesFollowOneAnother) {
  for (const std::uint32_t day : {kDay, kDay + 1}) {
    add("web", std::to_string(day), 2, 0, day);
    add("ios", std::to_string(day), 2, 0, day);
  }
  std::string rows;
  std::string cursor;
  do {
    const Json page = gaps("limit=1" + cursor);
    rows += std::string(page["rows"][0]["source"]) + std::string(page["rows"][0]["day"]) + " ";
    cursor = page["next"].is_null() ? "" : "&cursor=" + std::string(page["next"]);
  } while (!cursor.empty());
  EXPECT_EQ(rows, "ios2026-11-27 ios2026-11-28 web2026-11-27 web2026-11-28 ");
}

TEST_F(GapRoutesTest, ListsTheDevicesOfADay) {
  add("web", "tab", 2, 3);
  add("web", "tab", 9, 9, kDay + 1);
  add("web", "phone", 5);
  const Json all = devices("source=web&day=2026-11-27");
  ASSERT_EQ(all["devices"].size(), 2U);
  EXPECT_EQ(all["devices"][1].dump(), Json::parse(R"({"device":"tab","epoch":"e","believed":true,
    "missing":1,"gaps":[{"first":1,"last":1}],"missing_beside_gaps":0,"missing_all_days":7,
    "since":"2026-11-27","last_day":"2026-11-28","arrived":2,"highest":9,"made":9,
    "dropped":{"queue_full":1}})")
                                          .dump());
  EXPECT_TRUE(all["next"].is_null());
  const Json first = devices("source=web&day=2026-11-27T23:59:59Z&limit=1");
  EXPECT_EQ(first["devices"][0]["device"], "phone");
  const Json second =
      devices("source=web&day=2026-11-27&limit=1&cursor=" + std::string(first["next"]));
  EXPECT_EQ(second["devices"][0]["device"], "tab");
}

TEST_F(GapRoutesTest, ManyGapsAreShownInPart) {
  for (std::uint64_t number = 2; number <= 60; number += 2) {
    add("web", "tab", number);
  }
  const Json device = devices("source=web&day=2026-11-27")["devices"][0];
  EXPECT_EQ(device["missing"], 30);
  EXPECT_EQ(device["gaps"].size(), 20U);
  EXPECT_EQ(device["missing_beside_gaps"], 10);
}

TEST_F(GapRoutesTest, AKeyOfSourcesReadsThoseAlone) {
  add("web", "tab", 2);
  add("ios", "phone", 2);
  add("tv", "box", 2);
  const ReadScope web{"web"};
  EXPECT_EQ(gaps("", web)["sources"].size(), 1U);
  EXPECT_EQ(gaps("", web)["rows"][0]["source"], "web");
  EXPECT_EQ(gaps("", {"ios", "web"})["rows"].size(), 2U);
  EXPECT_EQ(ask_gaps("source=ios", web).status, 403);
}

TEST_F(GapRoutesTest, WhatIsAskedWronglyIsRefusedWithAWord) {
  for (const std::string query : {"sourc=web", "from=never", "limit=0", "limit=10001", "cursor=x",
                                  "from=2026-11-28&to=2026-11-27"}) {
    EXPECT_EQ(ask_gaps(query).status, 400) << query;
  }
  for (const std::string query :
       {"", "source=web", "day=2026-11-27", "source=web&day=never",
        "source=web&day=2026-11-27&limit=1001", "source=web&day=2026-11-27&cursor=eA"}) {
    EXPECT_EQ(ask_devices(query).status, 400) << query;
  }
  EXPECT_THAT(ask_gaps("sourc=web").body, HasSubstr("did you mean source?"));
}

/// Keeps what it is asked, and answers when it is told to.
class SlowGapSource : public FakeGapSource {
 public:
  void gaps(GapQuery query, std::function<void(Result<GapReport>)> answer) override {
    asked = std::move(query);
    waiting.emplace_back([this, answer] { answer(report); });
  }
  void gap_devices(GapDevicesQuery query,
                   std::function<void(Result<GapDevicesMoment>)> answer) override {
    devices_asked = std::move(query);
    waiting.emplace_back([this, answer] { answer(moment); });
  }

  std::vector<std::function<void()>> waiting = {};
};

TEST_F(GapRoutesTest, SoManyAreUnderWayAndNoMore) {
  SlowGapSource slow;
  GapRoutes routes({.source = slow, .renderer = renderer_, .answers = answers_});
  HttpRequest request;
  request.query = "source=web";
  HttpRequest of_day;
  of_day.query = "source=web&day=2026-11-27";
  std::vector<FakeResponder> responders(GapRoutes::kQueriesLimit);
  for (std::size_t i = 0; i < responders.size(); ++i) {
    i % 2 == 0 ? routes.gaps(request, {}, responders[i].respond())
               : routes.devices(of_day, responders[i].respond());
  }
  FakeResponder refused;
  routes.gaps(request, {}, refused.respond());
  EXPECT_EQ(refused.wait().status, 503);
  FakeResponder refused_too;
  routes.devices(of_day, refused_too.respond());
  EXPECT_THAT(refused_too.wait().body, HasSubstr("overloaded"));
  EXPECT_EQ(slow.waiting.size(), responders.size());
  slow.waiting.front()();
  EXPECT_EQ(responders.front().wait().status, 200);
  FakeResponder later;
  routes.gaps(request, {}, later.respond());
  EXPECT_EQ(slow.waiting.size(), responders.size() + 1) << "when one has its answer";
  for (std::size_t i = 1; i < slow.waiting.size(); ++i) {
    slow.waiting[i]();
  }
  EXPECT_EQ(later.wait().status, 200);
}

TEST_F(GapRoutesTest, DamageInTheStoreIsAnError) {
  StateWrite write{.manifest = "m"};
  write.tables.push_back({.name = kNumberGapsTable});
  write.tables[0].changes.put(day_key("web", kDay).append(std::string("tab\0\1e\0\1", 8)), "");
  ASSERT_TRUE(store_.write(write));
  EXPECT_EQ(ask_devices("source=web&day=2026-11-27").status, 500);
}

}  // namespace
}  // namespace hapax
