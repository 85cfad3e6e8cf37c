// SPDX-License-Identifier: Apache-2.0
#include "json/json_fields.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(JsonFieldsTest, FindsTheLastMemberOfAKey) {
  EXPECT_EQ(json_member(R"({"a":1,"b":{"a":2},"a" : [3,"}"] })", "a"), R"([3,"}"])");
  EXPECT_EQ(json_member(R"({"a":1,"b": {"a":2} ,"c":3})", "b"), R"({"a":2})");
  EXPECT_EQ(json_member(R"({"x\"a":1})", "a"), "");
  EXPECT_EQ(json_member("{}", "a"), "");
  EXPECT_EQ(json_member("[]", "a"), "");
  EXPECT_EQ(json_member("", "a"), "");
}

TEST(JsonFieldsTest, ReadsStringsWithoutEscapes) {
  EXPECT_EQ(plain_json_string(R"("analytics.js")"), "analytics.js");
  EXPECT_EQ(plain_json_string(R"("")"), "");
  EXPECT_EQ(plain_json_string(R"("a\n")"), "");
  EXPECT_EQ(plain_json_string("1"), "");
  EXPECT_EQ(plain_json_string(""), "");
}

}  // namespace
}  // namespace hapax
