// SPDX-License-Identifier: Apache-2.0
#include "read/live_query.hpp"

#include <gtest/gtest.h>

#include <string>

#include "testing/test_rows.hpp"

namespace hapax {
namespace {

TestRows view_with(const std::string& window, const std::string& measures) {
  return TestRows(R"({"name":"v","window":)" + window +
                  R"(,"group_by":["source","event"],"measures":)" + measures + "}");
}

class LiveQueryTest : public testing::Test {
 protected:
  Result<LiveQuery> parse(const std::string& query) const {
    return parse_live_request(query, view_.served());
  }

  const TestRows view_ =
      view_with(R"({"tumbling":"1m"})", R"~({"a":"uniques(user)","b":"last(event)","n":"count"})~");
};

TEST_F(LiveQueryTest, ShowsTheMostOfTheNewestWindowsByDefault) {
  const LiveQuery query = parse("").value();
  EXPECT_EQ(query.windows, 15U);
  EXPECT_EQ(query.top(), 100U);
  EXPECT_EQ(query.rows.measures, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(query.rows.order->measure, 2U) << "what counts events";
  EXPECT_TRUE(query.rows.order->descending);
}

TEST_F(LiveQueryTest, TheDefaultsFollowTheViewsWindowsAndMeasures) {
  const auto day =
      view_with(R"({"tumbling":"1d"})", R"~({"l":"last(event)","u":"uniques(user)"})~");
  EXPECT_EQ(parse_live_request("", day.served())->windows, 2U);
  EXPECT_EQ(parse_live_request("", day.served())->rows.order->measure, 1U);
  const auto hopping = view_with(R"({"hopping":"1h","advance":"5m"})", R"~({"l":"last(event)"})~");
  EXPECT_EQ(parse_live_request("", hopping.served())->windows, 15U);
  EXPECT_FALSE(parse_live_request("", hopping.served())->rows.order);
  const auto none = view_with(R"("none")", R"({"n":"count"})");
  EXPECT_EQ(parse_live_request("", none.served())->windows, 1U);
}

TEST_F(LiveQueryTest, TakesEachParameter) {
  const LiveQuery query =
      parse("source=web&group.event=Clicked&top=7&order=a&windows=3&measures=n,a&readKey=k")
          .value();
  EXPECT_EQ(query.windows, 3U);
  EXPECT_EQ(query.top(), 7U);
  EXPECT_EQ(query.rows.measures, (std::vector<std::size_t>{2, 0}));
  EXPECT_EQ(query.rows.order->measure, 0U);
  EXPECT_FALSE(query.rows.order->descending);
  ASSERT_EQ(query.rows.where.size(), 2U);
  EXPECT_EQ(query.rows.where[1].value, OwnedValue(std::string("Clicked")));
  EXPECT_FALSE(parse("order=time")->rows.order);
}

TEST_F(LiveQueryTest, QueriesThatAskForTheSameHaveOneKeyAndNoOthersDo) {
  const std::string key = parse("")->key;
  EXPECT_EQ(parse("top=100&readKey=x&windows=15&order=-n&measures=a,b,n")->key, key);
  for (const char* other : {"top=99", "windows=14", "order=n", "order=-a", "order=time",
                            "measures=n", "measures=n,a,b", "source=web", "group.event=web"}) {
    EXPECT_NE(parse(other)->key, key) << other;
  }
}

TEST_F(LiveQueryTest, RefusesWhatItCannotShowWithAWord) {
  for (const auto& [text, word] :
       {std::pair("top=0", "1 to 10000"), std::pair("top=x", "top"),
        std::pair("windows=101", "1 to 100"), std::pair("order=b", "have no order"),
        std::pair("order=m", "no measure"), std::pair("topp=1", "did you mean top?"),
        std::pair("group.evnt=a", "did you mean group.event?"), std::pair("top=1&top=2", "twice"),
        std::pair("from=0", "unknown"), std::pair("top=1000&windows=11", "top * windows")}) {
    const auto query = parse(text);
    ASSERT_FALSE(query) << text;
    EXPECT_EQ(query.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(query.error().text().find(word), std::string::npos) << query.error().text();
  }
  EXPECT_TRUE(parse("top=1000&windows=10"));
  const auto none = view_with(R"("none")", R"({"n":"count"})");
  EXPECT_FALSE(parse_live_request("windows=2", none.served()));
}

}  // namespace
}  // namespace hapax
