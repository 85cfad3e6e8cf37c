// SPDX-License-Identifier: Apache-2.0
#include "view_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::HasSubstr;

const std::string kAnswer = R"({"views":[
  {"name":"events_per_minute","id":"events_per_minute.1","origin":"built_in","state":"live","progress":null,"retired_at":null},
  {"name":"a","id":"a.7","origin":"api","state":"backfilling","retired_at":null,
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

TEST(ViewTextTest, ItIsOverWhenAllAreLive) {
  const auto making = making_of(kAnswer).value();
  EXPECT_FALSE(making.is_over);
  EXPECT_THAT(making.text, HasSubstr("a: backfilling, 25.0 %"));
  EXPECT_TRUE(making_of(R"({"name":"a","state":"live"})")->is_over);
  EXPECT_EQ(making_of(R"({"name":"a","state":"waiting","error":"no"})")->error, "a: no");
}

TEST(ViewTextTest, AnErrorHasAMessage) {
  EXPECT_EQ(message_of(409, R"({"message":"it is there"})"), "it is there");
  EXPECT_EQ(message_of(502, "<html>"), "status 502");
}

}  // namespace
}  // namespace hapax
