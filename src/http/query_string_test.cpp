// SPDX-License-Identifier: Apache-2.0
#include "http/query_string.hpp"

#include <gtest/gtest.h>

#include <array>

namespace hapax {
namespace {

TEST(QueryStringTest, DecodesPercentEverywhereAndPlusInQueries) {
  EXPECT_EQ(percent_decode("a%20b+c%2B%e2%82%ac"), "a b+c+\xE2\x82\xAC");
  EXPECT_EQ(query_parameter("x+y=a%20b+c%2B", "x y"), "a b c+");
}

TEST(QueryStringTest, KeepsDamagedEscapes) {
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
  EXPECT_EQ(percent_decode("%-1"), "%-1");
}

TEST(QueryStringTest, ListsAllParametersInTheirOrder) {
  const auto all = query_parameters("a=1&b=x+y&&a=%32&c&=d");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].name + all[0].value, "a1");
  EXPECT_EQ(all[1].name + all[1].value, "bx y");
  EXPECT_EQ(all[2].name + all[2].value, "a2");
  EXPECT_EQ(all[3].name + all[3].value, "c");
}

TEST(QueryStringTest, FindsTheFirstOfAName) {
  EXPECT_EQ(query_parameter("a=1&b=2&a=3", "a"), "1");
  EXPECT_EQ(query_parameter("a=1&b=2=3", "b"), "2=3");
  EXPECT_EQ(query_parameter("a&b=", "a"), "");
  EXPECT_EQ(query_parameter("a&b=", "b"), "");
  EXPECT_EQ(query_parameter("%61=x%26y", "a"), "x&y");
}

TEST(QueryStringTest, SaysWhichParameterIsUnknownAndWhichIsMeant) {
  constexpr std::array<std::string_view, 2> kKnown{"event", "from"};
  EXPECT_TRUE(check_parameters("", kKnown));
  EXPECT_TRUE(check_parameters("from=1&&%65vent=x&", kKnown));
  const auto mistyped = check_parameters("from=1&evnt=x", kKnown);
  ASSERT_FALSE(mistyped);
  EXPECT_EQ(mistyped.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(mistyped.error().text(),
            "parameter \"evnt\" is unknown; did you mean event? known here are event, from");
  EXPECT_EQ(check_parameters("limits", kKnown).error().text(),
            "parameter \"limits\" is unknown; known here are event, from");
  EXPECT_EQ(check_parameters("x=1", {}).error().text(),
            "parameter \"x\" is unknown; there are none here");
}

TEST(QueryStringTest, AbsentIsNotEmpty) {
  EXPECT_EQ(query_parameter("", "a"), std::nullopt);
  EXPECT_EQ(query_parameter("aa=1&&", "a"), std::nullopt);
}

TEST(QueryStringTest, FindsANameInAnyCaseWhereThatIsAskedFor) {
  for (const char* query : {"writekey=k", "a=1&WRITEKEY=k&writeKey=x", "write%4Bey=k"}) {
    EXPECT_EQ(query_parameter_any_case(query, "writeKey"), "k") << query;
  }
  EXPECT_EQ(query_parameter_any_case("writekeys=k&writeke=k", "writeKey"), std::nullopt);
  EXPECT_EQ(query_parameter("writekey=k", "writeKey"), std::nullopt);
}

}  // namespace
}  // namespace hapax
