// SPDX-License-Identifier: Apache-2.0
#include "read/view_request.hpp"

#include <gtest/gtest.h>

#include "core/timestamp.hpp"
#include "read/view_cursor.hpp"

namespace hapax {
namespace {

const EventTime kNow = *parse_timestamp("2026-11-25T03:18:07Z");

ViewQuery parse(std::string_view query) {
  const auto request = parse_view_request(query, kNow);
  EXPECT_TRUE(request) << request.error().text();
  return *request;
}

std::string error(std::string_view query) {
  const auto request = parse_view_request(query, kNow);
  EXPECT_FALSE(request);
  EXPECT_EQ(request.error().kind, ErrorKind::kInvalid);
  return request.error().text();
}

TEST(ViewRequestTest, WithoutParametersIsTheLastHour) {
  const auto request = parse("");
  EXPECT_EQ(request.from, *parse_timestamp("2026-11-25T02:18:00Z"));
  EXPECT_EQ(request.to, EventTime::max());
  EXPECT_FALSE(request.event || request.source || request.after || request.final_only);
}

TEST(ViewRequestTest, ReadsAllParameters) {
  const auto request = parse(
      "from=2026-11-25T03%3A10%3A30Z&to=1795577000000&event=Order+Completed&source=&consistency="
      "final");
  EXPECT_EQ(request.from, *parse_timestamp("2026-11-25T03:10:00Z"));
  EXPECT_EQ(request.to, *parse_timestamp("1795577000000"));
  EXPECT_EQ(request.event, "Order Completed");
  EXPECT_EQ(request.source, "");
  EXPECT_TRUE(request.final_only);
}

TEST(ViewRequestTest, RoundsDownBefore1970AndAtTheEndOfTime) {
  EXPECT_EQ(parse("from=1969-12-31T23:59:59Z").from, *parse_timestamp("1969-12-31T23:59:00Z"));
  EXPECT_EQ(parse("from=-9223372036854775").from, EventTime::min());
  EXPECT_LE(parse("from=9223372036854775").from, EventTime::max());
}

TEST(ViewRequestTest, ReadsAnOffsetWhosePlusWasTakenForASpace) {
  const auto time = *parse_timestamp("2026-11-25T02:10:00Z");
  for (const char* text : {"2026-11-25T03:10:00+01:00", "2026-11-25T03:10:00%2B01:00",
                           "2026-11-25%2003:10:00+01:00", "2026-11-25+02:10:00"}) {
    EXPECT_EQ(parse(std::string("from=") + text).from, time) << text;
  }
}

TEST(ViewRequestTest, ReadsPages) {
  EXPECT_EQ(parse("").cells_max, kCellsDefault);
  EXPECT_FALSE(parse("").behind);
  EXPECT_EQ(parse("limit=1").cells_max, 1U);
  EXPECT_EQ(parse("limit=100000").cells_max, kCellsMax);
  for (const char* limit : {"0", "100001", "", "-1", "x", "1x", "99999999999999999999"}) {
    EXPECT_NE(error(std::string("limit=") + limit).find("limit"), std::string::npos) << limit;
  }
}

TEST(ViewRequestTest, GoesOnAtACursorOfTheSameQuery) {
  const CellPlace place{kNow, "web", "Clicked"};
  const auto first = parse("source=web&limit=7");
  const auto cursor = "cursor=" + encode_cursor(first, place);
  const auto next =
      parse_view_request("source=web&" + cursor, kNow + std::chrono::hours(3)).value();
  EXPECT_EQ(next.behind, place);
  EXPECT_EQ(next.from, first.from);  // Though the default has moved on.
  EXPECT_EQ(next.to, first.to);
  EXPECT_NE(error("cursor=x").find("cursor"), std::string::npos);
  for (const auto* other : {"", "source=ios&", "source=web&event=a&", "source=web&from=5&",
                            "source=web&to=1999999999999&", "source=web&consistency=final&"}) {
    EXPECT_NE(error(other + cursor).find("another query"), std::string::npos) << other;
  }
}

TEST(ViewRequestTest, SaysWhichParameterIsWrong) {
  EXPECT_NE(error("evnt=a").find("did you mean event?"), std::string::npos);
  EXPECT_NE(error("from=yesterday").find("from=\"yesterday\""), std::string::npos);
  EXPECT_NE(error("to=").find("to=\"\""), std::string::npos);
  EXPECT_NE(error("consistency=strong").find("strong"), std::string::npos);
  EXPECT_NE(error("from=2026-01-02&to=2026-01-01").find("before from"), std::string::npos);
  EXPECT_FALSE(error("after=nonsense").empty());
}

}  // namespace
}  // namespace hapax
