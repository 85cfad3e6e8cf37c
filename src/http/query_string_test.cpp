#include "http/query_string.hpp"

#include <gtest/gtest.h>

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

TEST(QueryStringTest, FindsTheFirstOfAName) {
  EXPECT_EQ(query_parameter("a=1&b=2&a=3", "a"), "1");
  EXPECT_EQ(query_parameter("a=1&b=2=3", "b"), "2=3");
  EXPECT_EQ(query_parameter("a&b=", "a"), "");
  EXPECT_EQ(query_parameter("a&b=", "b"), "");
  EXPECT_EQ(query_parameter("%61=x%26y", "a"), "x&y");
}

TEST(QueryStringTest, AbsentIsNotEmpty) {
  EXPECT_EQ(query_parameter("", "a"), std::nullopt);
  EXPECT_EQ(query_parameter("aa=1&&", "a"), std::nullopt);
}

}  // namespace
}  // namespace hapax
