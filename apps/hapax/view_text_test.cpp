// SPDX-License-Identifier: Apache-2.0
#include "view_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::HasSubstr;

const std::string kAnswer = R"({"views":[
  {"name":"events_per_minute","id":"events_per_minute.1","origin":"built_in","state":"live","progress":null,"complete_from":null,"retired_at":null},
  {"name":"a","id":"a.7","origin":"api","state":"backfilling","complete_from":null,"retired_at":null,
   "progress":{"percent":25.0,"records_total":1000,"events_per_second":100.0,"seconds_left":300.0}}]})";

TEST(ViewTextTest, AViewIsALine) {
  const auto table = view_table(kAnswer);
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_THAT(*table, HasSubstr("a.7"));
  EXPECT_THAT(*table, HasSubstr("25.0 % of 1000 records, 100 events/s, 5 min left"));
  EXPECT_THAT(view_in(kAnswer, "a").value(), HasSubstr(R"("id": "a.7")"));
  EXPECT_FALSE(view_in(kAnswer, "b"));
  EXPECT_FALSE(view_table("no json"));
  EXPECT_FALSE(view_table("{}"));
}

TEST(ViewTextTest, ALineSaysWhatAViewLacksAndUntilWhenItIsKept) {
  const auto table = view_table(
      R"({"views":[{"name":"a","id":"a.7","origin":"file","state":"live","progress":null,)"
      R"("complete_from":"2026-11-25T00:00:00.000Z","retired_at":"2026-11-26T08:00:00.000Z"}]})");
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_THAT(*table, HasSubstr(" live         file "));
  EXPECT_THAT(*table, HasSubstr("complete from 2026-11-25T00:00:00.000Z; declared no more, kept "
                                "until 2026-12-03T08:00:00.000Z\n"));
}

TEST(ViewTextTest, ExplainsAView) {
  const std::string body =
      R"({"name":"a","id":"a.7","origin":"api","state":"live","progress":null,"retired_at":null,)"
      R"("complete_from":null,"plan":{"group":["source","event"],"measures":{"n":"count"}},)"
      R"("account":{"matching":9,"counted":7,"expired":2,"without_key":0},)"
      R"("memory":{"hot_cells":3,"bytes":900},"nanoseconds_per_event":41.0,)";
  const std::string extent =
      R"("extent":{"whole":false,"cells":12,"bytes":345,)"
      R"("widest_window":{"start":"2026-11-25T00:00:00.000Z","end":"","cells":5},)"
      R"("largest_cell":{"start":"","end":"","group":{"event":"x"},"bytes":99}},)"
      R"("near_limits":["n: much"]})";
  EXPECT_EQ(explain_text(body + extent).value(),
            R"(view     a (a.7), declared by api
state    live
counts   n = count; by source, event
events   9 match: 7 counted, 2 expired, 0 without a key; 41 ns each
holds    at least 12 cells, 345 bytes; 3 in memory, 900 bytes
widest   5 cells in the window of 2026-11-25T00:00:00.000Z
largest  99 bytes, {"event":"x"}
limit    n: much
)");
  EXPECT_THAT(explain_text(body + R"("extent":null,"near_limits":[]})").value(),
              HasSubstr("holds    3 in memory"));
  EXPECT_FALSE(explain_text("{}"));
}

TEST(ViewTextTest, ItIsOverWhenAllAreLive) {
  const auto making = making_of(kAnswer).value();
  EXPECT_FALSE(making.is_over);
  EXPECT_THAT(making.text, HasSubstr("a: backfilling, 25.0 %"));
  EXPECT_TRUE(making_of(R"({"name":"a","state":"live"})")->is_over);
  EXPECT_EQ(making_of(R"({"name":"a","state":"waiting","error":"no"})")->error, "a: no");
}

TEST(ViewTextTest, AnHourIsALineAndWhatDoesNotBalanceIsNamed) {
  const std::string tallies =
      R"("source":"web","matching":{"count":3},"counted":{"count":1},"expired":{"count":2},)"
      R"("without_key":{"count":0})";
  const std::string account = "{" + tallies + "}";
  const std::string body = R"({"whole_from":"T1","rows":[{"hour":"T2","balanced":true,)" + tallies +
                           R"(}],"next":"abc","check":[{"source":"web","account":)" + account +
                           R"(,"hours":)" + account + R"(,"rest":)" + account +
                           R"(,"balanced":false}]})";
  const AccountsPage page = accounts_page(body, true).value();
  EXPECT_THAT(page.text, HasSubstr("whole    from T1 on"));
  EXPECT_THAT(page.text, HasSubstr("T2 "));
  EXPECT_THAT(page.check, HasSubstr("rest "));
  EXPECT_EQ(page.next, "abc");
  EXPECT_EQ(page.broken, " web");
  EXPECT_THAT(accounts_page(body, false)->text, testing::Not(HasSubstr("whole")));
}

TEST(ViewTextTest, AnErrorHasAMessage) {
  EXPECT_EQ(message_of(409, R"({"message":"it is there"})"), "it is there");
  EXPECT_EQ(message_of(502, "<html>"), "status 502");
}

TEST(ViewTextTest, AWrongKeyIsSaidAsItIsGivenHere) {
  for (const char* code : {"invalid_key", "not_signed_in", "not_allowed"}) {
    const std::string answer = std::string(R"({"code":")") + code +
                               R"(","message":"send it as Authorization: Bearer <key>"})";
    EXPECT_THAT(message_of(401, answer), HasSubstr("--key"));
    EXPECT_THAT(message_of(401, answer), testing::Not(HasSubstr("Bearer")));
  }
}

}  // namespace
}  // namespace hapax
