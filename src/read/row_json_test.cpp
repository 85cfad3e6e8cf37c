// SPDX-License-Identifier: Apache-2.0
#include "read/row_json.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "core/timestamp.hpp"
#include "read/row_cursor.hpp"
#include "read/row_values.hpp"
#include "testing/counted_view.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;

EventTime time_of(const std::string& text) {
  return *parse_timestamp(text);
}

Window minutes_from(const std::string& start) {
  return {.start = time_of(start), .end = time_of(start) + std::chrono::minutes(5)};
}

class RowJsonTest : public testing::Test {
 protected:
  static RowQuery query_of(const std::string& spec) {
    RowQuery query{.view = CountedView(spec).served()};
    for (std::size_t i = 0; i < query.shape().spec.measures.size(); ++i) {
      query.measures.push_back(i);
    }
    return query;
  }

  RowQuery query_ = query_of(
      R"~({"name":"orders","window":{"tumbling":"5m"},"group_by":["source","properties.\"a,b\""],)~"
      R"~("measures":{"n":"count","sales":"sum(properties.total)","best":"top(properties.sku, 2)",)~"
      R"~("who":"uniques(user)"}})~");
};

// Measures are by name: best, n, sales, who.
TEST_F(RowJsonTest, ShowsRowsAndWhatIsToBeKnownOfThem) {
  query_.ranges = {{.from = time_of("2026-11-25T03:10:00Z")}};
  const RowAnswer answer{
      .watermark = time_of("2026-11-25T03:18:07.388712Z"),
      .complete_until = time_of("2026-11-25T03:15:00Z"),
      .rows = {{.window = minutes_from("2026-11-25T03:10:00Z"),
                .group = {std::string("we\"b"), 1.5},
                .results =
                    {{.answer = std::vector<TopValue>{{.value = std::string("x"), .count = 3},
                                                      {.value = true, .count = 2}},
                      .exact = false,
                      .other = 4},
                     {.answer = std::uint64_t{9}},
                     {.answer = 0.1, .skipped = 2},
                     {.answer = std::uint64_t{100'001}, .exact = false, .relative_error = 0.0041}},
                .revision = 2,
                .is_final = true},
               {.window = minutes_from("2026-11-25T03:15:00Z"),
                .group = {std::monostate(), std::string()},
                .results = {{.answer = std::vector<TopValue>{}},
                            {.answer = std::uint64_t{1}},
                            {},
                            {.answer = std::uint64_t{1}}},
                .is_current = true,
                .is_partial = true}}};
  EXPECT_EQ(
      to_json(answer, query_),
      R"({"view":"orders","watermark":"2026-11-25T03:18:07.388712Z",)"
      R"("complete_until":"2026-11-25T03:15:00.000Z","complete_from":null,)"
      R"("ranges":[{"from":"2026-11-25T03:10:00.000Z","to":null}],"corrections":2,"rows":[)"
      R"({"start":"2026-11-25T03:10:00.000Z","end":"2026-11-25T03:15:00.000Z",)"
      R"("group":{"source":"we\"b","properties.\"a,b\"":1.5},)"
      R"("values":{"best":[{"value":"x","count":3},{"value":true,"count":2}],"n":9,"sales":0.1,)"
      R"("who":100001},"notes":{"best":{"exact":false,"other":4},"sales":{"skipped":2},)"
      R"("who":{"exact":false,"relative_error":0.0041}},"state":"final","revision":2},)"
      R"({"start":"2026-11-25T03:15:00.000Z","end":"2026-11-25T03:20:00.000Z",)"
      R"("group":{"source":null,"properties.\"a,b\"":""},)"
      R"("values":{"best":[],"n":1,"sales":null,"who":1},"state":"open","revision":0,)"
      R"("current":true,"partial":true}]})");
  EXPECT_GE(row_bytes(answer), to_json(answer, query_).size() / 2);
}

TEST_F(RowJsonTest, CsvQuotesWhatNeedsIt) {
  query_.measures = {0, 2};
  query_.ranges.resize(2);
  const RowAnswer answer{
      .watermark = time_of("2026-11-25T03:18:07Z"),
      .complete_until = time_of("2026-11-25T03:15:00Z"),
      .rows = {{.range = 1,
                .window = minutes_from("2026-11-25T03:10:00Z"),
                .group = {std::string("we\"b,\n"), 1.5},
                .results = {{.answer =
                                 std::vector<TopValue>{{.value = std::string("x"), .count = 3}}},
                            {.answer = 0.1, .skipped = 2}},
                .revision = 2,
                .is_final = true},
               {.window = minutes_from("2026-11-25T03:15:00Z"),
                .group = {std::monostate(), std::string()},
                .results = {{.answer = std::vector<TopValue>{}}, {}},
                .is_current = true},
               {.window = minutes_from("2026-11-25T03:15:00Z"),
                .group = {std::string("12"), true},
                .results = {{.answer = std::vector<TopValue>{}}, {}},
                .is_partial = true}},
      .next = RowPlace{.range = 1, .key = "k"}};
  EXPECT_EQ(
      to_csv(answer, query_),
      "range,start,end,source,\"properties.\"\"a,b\"\"\",best,sales,"
      "state,revision,current,partial,other,notes\r\n"
      "1,2026-11-25T03:10:00.000Z,2026-11-25T03:15:00.000Z,\"we\"\"b,\n\",1.5,"
      "\"[{\"\"value\"\":\"\"x\"\",\"\"count\"\":3}]\",0.1,final,2,false,false,false,"
      "\"{\"\"sales\"\":{\"\"skipped\"\":2}}\"\r\n"
      "0,2026-11-25T03:15:00.000Z,2026-11-25T03:20:00.000Z,,\"\",[],,open,0,true,false,false,\r\n"
      "0,2026-11-25T03:15:00.000Z,2026-11-25T03:20:00.000Z,\"12\",true,[],,"
      "open,0,false,true,false,\r\n");
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(csv_headers(answer, query_),
            (Headers{{"Hapax-Watermark", "2026-11-25T03:18:07.000Z"},
                     {"Hapax-Complete-Until", "2026-11-25T03:15:00.000Z"},
                     {"Hapax-Next", encode_cursor(query_, *answer.next)}}));
}

TEST_F(RowJsonTest, NumbersReadBackAndWhatIsNoneIsNull) {
  for (const double number : {0.1, 1e300, -1.5e-300, 49.9, 9007199254740993.0}) {
    std::string text;
    append_json_double(number, text);
    EXPECT_EQ(Json::parse(text).get<double>(), number) << text;
  }
  query_.measures = {2};
  RowAnswer answer{.watermark = EventTime::min(), .complete_until = EventTime::min()};
  for (const double number : {1.0, -1.0}) {
    answer.rows.push_back({.group = {std::string("a"), -0.0},
                           .results = {{.answer = number * std::numeric_limits<double>::infinity(),
                                        .overflow = true}}});
  }
  const Json json = Json::parse(to_json(answer, query_));
  EXPECT_TRUE(json["watermark"].is_null());
  EXPECT_TRUE(json["complete_until"].is_null());
  EXPECT_TRUE(json["rows"][0]["values"]["sales"].is_null());
  EXPECT_EQ(json["rows"][0]["notes"]["sales"]["overflow"], "above");
  EXPECT_EQ(json["rows"][1]["notes"]["sales"]["overflow"], "below");
  EXPECT_NE(to_csv(answer, query_).find(",0,,open"), std::string::npos);
}

TEST_F(RowJsonTest, WindowsOfAZoneAreAlsoSaidAsItsClocksShowThem) {
  const RowQuery days = query_of(
      R"({"name":"d","window":{"tumbling":"1d","zone":"Asia/Kathmandu"},"measures":{"n":"count"}})");
  const RowAnswer answer{.watermark = EventTime::min(),
                         .rows = {{.window = {.start = time_of("2026-11-24T18:15:00Z"),
                                              .end = time_of("2026-11-25T18:15:00Z")},
                                   .results = {{.answer = std::uint64_t{1}}}}}};
  const Json row = Json::parse(to_json(answer, days))["rows"][0];
  EXPECT_EQ(row["start"], "2026-11-24T18:15:00.000Z");
  EXPECT_EQ(row["local_start"], "2026-11-25T00:00:00.000+05:45");
  EXPECT_EQ(row["local_end"], "2026-11-26T00:00:00.000+05:45");
}

TEST_F(RowJsonTest, WithoutWindowsThereAreNoTimes) {
  const RowQuery all = query_of(R"({"name":"a","measures":{"n":"count"}})");
  const RowAnswer answer{.watermark = EventTime::min(),
                         .rows = {{.results = {{.answer = std::uint64_t{1}}}}},
                         .matched = 7};
  EXPECT_EQ(to_json(answer, all),
            R"({"view":"a","watermark":null,"complete_until":null,"complete_from":null,)"
            R"("matched":7,"corrections":0,"rows":[{"group":{},"values":{"n":1},"state":"open",)"
            R"("revision":0}]})");
  EXPECT_EQ(to_csv(answer, all),
            "n,state,revision,current,partial,other,notes\r\n"
            "1,open,0,false,false,false,\r\n");
}

TEST_F(RowJsonTest, OtherGroupsAreToldFromOneWithoutValues) {
  query_.measures = {1};
  const RowAnswer answer{
      .watermark = EventTime::min(),
      .rows =
          {{.group = {std::string("shop"), std::monostate()},
            .results = {{.answer = std::uint64_t{1}}}},
           {.group = {std::string("shop")},
            .results = {{.answer = std::uint64_t{2}}},
            .is_other = true,
            .heavy = {{.group = {std::string("shop"), 1.5}, .count = 9},
                      {.group = {std::string("shop")}, .is_cut = true, .count = 8, .error = 1}}}},
      .windows_cut = 3};
  const Json json = Json::parse(to_json(answer, query_));
  EXPECT_EQ(json["windows_cut"], 3);
  EXPECT_EQ(json["rows"][0]["group"], json["rows"][1]["group"]);
  EXPECT_TRUE(json["rows"][1]["group"]["properties.\"a,b\""].is_null());
  EXPECT_FALSE(json["rows"][0].contains("other"));
  EXPECT_EQ(json["rows"][1]["other"], true);
  EXPECT_FALSE(json["rows"][0].contains("heavy"));
  EXPECT_EQ(json["rows"][1]["heavy"].dump(),
            R"([{"count":9,"error":0,"group":{"properties.\"a,b\"":1.5,"source":"shop"}},)"
            R"({"count":8,"cut":true,"error":1,"group":{"source":"shop"}}])");
  const std::string csv = to_csv(answer, query_);
  EXPECT_NE(csv.find("shop,,1,open,0,false,false,false,\r\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("shop,,2,open,0,false,false,true,\r\n"), std::string::npos) << csv;
  const auto headers = csv_headers(answer, query_);
  EXPECT_NE(
      std::ranges::find(headers, std::pair<std::string, std::string>("Hapax-Windows-Cut", "3")),
      headers.end());
}

TEST_F(RowJsonTest, SeveralRangesAreNumberedAndTheAnswerSaysHowToGoOn) {
  query_.measures = {1};
  query_.ranges.resize(2);
  const RowAnswer answer{
      .watermark = EventTime::min(),
      .rows = {{.range = 1, .group = {}, .results = {{.answer = std::uint64_t{1}}}}},
      .next = RowPlace{.range = 1, .key = "k"}};
  const Json json = Json::parse(to_json(answer, query_));
  EXPECT_EQ(json["rows"][0]["range"], 1);
  EXPECT_EQ(decode_row_cursor(json["next"].get<std::string>()).value().place, *answer.next);
}

}  // namespace
}  // namespace hapax
