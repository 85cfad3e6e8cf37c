// SPDX-License-Identifier: Apache-2.0
#include "read/view_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/timestamp.hpp"
#include "read/view_cursor.hpp"
#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;

TEST(ViewJsonTest, ShowsACell) {
  const auto start = *parse_timestamp("2026-11-25T03:10:00Z");
  const ViewAnswer answer{.watermark = *parse_timestamp("2026-11-25T03:18:07.388712Z"),
                          .complete_until = *parse_timestamp("2026-11-25T03:18:00Z"),
                          .cells = {{.start = start,
                                     .source = "web",
                                     .event = "Clicked",
                                     .count = 5,
                                     .users = 1,
                                     .final = true,
                                     .revision = 2}}};
  EXPECT_EQ(to_json(answer, {}),
            R"({"view":"events_per_minute","watermark":"2026-11-25T03:18:07.388712Z",)"
            R"("complete_until":"2026-11-25T03:18:00.000Z","cells":[)"
            R"({"start":"2026-11-25T03:10:00.000Z","end":"2026-11-25T03:11:00.000Z",)"
            R"("group":{"source":"web","event":"Clicked"},"values":{"count":5,"users":1},)"
            R"("state":"final","revision":2}]})");
}

TEST(ViewJsonTest, AWatermarkBeforeAllTimesIsNull) {
  const auto json = Json::parse(to_json(
      ViewAnswer{.watermark = EventTime::min(), .complete_until = EventTime::min(), .cells = {}},
      {}));
  EXPECT_TRUE(json.at("watermark").is_null());
  EXPECT_TRUE(json.at("complete_until").is_null());
  EXPECT_TRUE(json.at("cells").empty());
}

TEST(ViewJsonTest, SaysHowToGoOnWhenThereIsMore) {
  auto answer = make_test_answer({make_test_cell("a", 1)});
  EXPECT_FALSE(Json::parse(to_json(answer, {})).contains("next"));
  answer.next = CellPlace{answer.cells[0].start, "web", "a"};
  EXPECT_EQ(
      decode_cursor(Json::parse(to_json(answer, {})).at("next").get<std::string>()).value().place,
      *answer.next);
  answer.cells.clear();  // None within what was looked at.
  EXPECT_TRUE(Json::parse(to_json(answer, {})).contains("next"));
  EXPECT_FALSE(Json::parse(to_json(answer, {})).contains("hint"));
  answer.next.reset();  // A last page without cells says nothing of the whole.
  ViewQuery later;
  later.behind = CellPlace{};
  EXPECT_FALSE(Json::parse(to_json(answer, later)).contains("hint"));
}

TEST(ViewJsonTest, WithoutCellsItSaysWhenTheNewestEventWas) {
  auto json = Json::parse(to_json(ViewAnswer{}, {}));
  EXPECT_TRUE(json.at("newest").is_null());
  EXPECT_NE(json.at("hint"), "");
  ViewAnswer answer;
  answer.newest = NewestEvent{.event_time = EventTime(std::chrono::seconds(1)),
                              .received_at = ProcessingTime(std::chrono::seconds(2))};
  json = Json::parse(to_json(answer, {}));
  EXPECT_EQ(json.at("newest").at("event_time"), "1970-01-01T00:00:01.000Z");
  EXPECT_EQ(json.at("newest").at("received_at"), "1970-01-01T00:00:02.000Z");
  EXPECT_NE(json.at("hint"), "");
  answer.cells.push_back(make_test_cell("a", 1));
  EXPECT_FALSE(Json::parse(to_json(answer, {})).contains("hint"));
}

TEST(ViewJsonTest, KeepsNamesOfAllCharacters) {
  const std::string name = "a\"\\\n\x01\x7F \xE2\x82\xAC/";
  const auto json = Json::parse(to_json(make_test_answer({make_test_cell(name, 1)}), {}));
  EXPECT_EQ(json.at("cells").at(0).at("group").at("event"), name);
}

TEST(ViewJsonTest, ShowsMinutesOfAllTimes) {
  const ViewAnswer answer =
      make_test_answer({make_test_cell("a", 1, *parse_timestamp("-100000-01-01")),
                        make_test_cell("b", 1, *parse_timestamp("-100000-01-01")),
                        make_test_cell("c", 1, EventTime::max())});
  const auto json = Json::parse(to_json(answer, {}));
  EXPECT_EQ(json.at("cells").at(0).at("start"), "-100000-01-01T00:00:00.000Z");
  EXPECT_EQ(json.at("cells").at(0).at("end"), "-100000-01-01T00:01:00.000Z");
  EXPECT_EQ(json.at("cells").at(1).at("start"), "-100000-01-01T00:00:00.000Z");
  EXPECT_EQ(json.at("cells").at(2).at("end"), to_iso8601(EventTime::max()));
}

TEST(ViewJsonTest, KnowsAboutHowLongAnAnswerIs) {
  ViewAnswer answer;
  for (int i = 0; i < 100; ++i) {
    answer.cells.push_back(make_test_cell("event " + std::to_string(i), 1'000'000));
  }
  EXPECT_GE(json_bytes(answer), to_json(answer, {}).size());
  EXPECT_LE(json_bytes(answer), to_json(answer, {}).size() * 3 / 2);
}

TEST(ViewJsonTest, ShowsTheBooksWithWhatBreaksThem) {
  AuditReport report;
  report.sources.push_back(make_test_source("web"));
  report.sources[0].received = 2;
  report.sources[0].accepted = 1;
  const auto json = Json::parse(to_json(report, {}, {}));
  EXPECT_FALSE(json.at("balanced"));
  EXPECT_EQ(json.at("equations").at(0).at("where"), "web: 2 != 1");
  EXPECT_EQ(json.at("sources").at(0).at("digest").at("received"), std::string(32, '0'));
  EXPECT_TRUE(json.at("sources").at(0).at("newest_event").is_null());
  EXPECT_TRUE(json.at("refused").empty());
}

TEST(ViewJsonTest, ShowsWhatWasRefusedBesideTheBooks) {
  const std::vector<RefusedByCode> refused{
      {.source = "web", .code = "invalid_json", .requests = 2, .bytes = 300}};
  const auto json = Json::parse(to_json(AuditReport{}, refused, {}));
  EXPECT_TRUE(json.at("balanced"));
  EXPECT_EQ(json.at("refused"), Json::parse(R"([{"source":"web","code":"invalid_json",
                                                 "requests":2,"bytes":300}])"));
}

}  // namespace
}  // namespace hapax
