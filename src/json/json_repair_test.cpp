// SPDX-License-Identifier: Apache-2.0
#include "json/json_repair.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "json/json_escape.hpp"

namespace hapax {
namespace {

constexpr const char* kReplacement = "\xef\xbf\xbd";

std::string repaired(std::string_view json) {
  std::string text;
  append_repaired_json(json, text);
  return text;
}

TEST(JsonRepairTest, KnowsEscapesThatCanBeStored) {
  EXPECT_TRUE(has_valid_escapes("plain"));
  EXPECT_TRUE(has_valid_escapes(R"(\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00)"));
  EXPECT_TRUE(has_valid_escapes(R"(\\u0000)"));
  for (const char* text :
       {R"(\u0000)", R"(\ud83d)", R"(\ude00)", R"(\ud83d\ud83d)", R"(\ud83dx)", R"(\ude00\ud83d)",
        R"(ok\n\uDFFF)", R"(\x)", R"(\u12)", R"(\u12g4)", "\\", R"(\u0000\x)"}) {
    EXPECT_FALSE(has_valid_escapes(text)) << text;
  }
}

TEST(JsonRepairTest, ReplacesWhatCannotBeStored) {
  EXPECT_EQ(repaired(R"({"a":"\u0000\ud800\\u0000\ud83d\ude00"})"),
            R"({"a":"\ufffd\ufffd\\u0000\ud83d\ude00"})");
  EXPECT_EQ(repaired("\"a\xff\x62\""), std::string("\"a") + kReplacement + "b\"");
  EXPECT_EQ(repaired(std::string("\"a\0b\"", 5)), std::string("\"a") + kReplacement + "b\"");
  EXPECT_EQ(repaired(std::string("a\0b", 3)), std::string("a") + kReplacement + "b");
  // Unicode 3.9, table 3-8: one for each maximal subpart.
  EXPECT_EQ(repaired("\"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"),
            std::string("\"") + kReplacement + kReplacement + kReplacement + kReplacement + "A");
  EXPECT_EQ(repaired("\"\xed\xa0\x80"),
            std::string("\"") + kReplacement + kReplacement + kReplacement);
  EXPECT_EQ(repaired("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(JsonRepairTest, EscapesControlCharactersInStringsOnly) {
  EXPECT_EQ(repaired("{\n\"a\tb\":\t\"\x01\r\n\x1f\" }"),
            "{\n\"a\\u0009b\":\t\"\\u0001\\u000d\\u000a\\u001f\" }");
  EXPECT_EQ(repaired("\"\\\"\t\""), "\"\\\"\\u0009\"");
  EXPECT_EQ(repaired("\"\\\\\"\t"), "\"\\\\\"\t");
}

TEST(JsonRepairTest, MakesNullOfWhatIsNoNumber) {
  std::string text;
  EXPECT_TRUE(append_repaired_json(
      R"([NaN,Infinity , -Infinity,+Infinity,{"NaN":undefined},"NaN","a\"NaN"])", text));
  EXPECT_EQ(text, R"([null,null , null,null,{"NaN":null},"NaN","a\"NaN"])");
  for (const char* other : {"nan", "NaNs", "-NaN", "Infinity1", "--Infinity", "undefined_", "1",
                            "\"NaN\"", "\\NaN", "nul"}) {
    text.clear();
    EXPECT_FALSE(append_repaired_json(other, text));
    EXPECT_EQ(text, other);
  }
}

// An escape must not come about, nor a string end, where there was none.
TEST(JsonRepairTest, LeavesOtherDamageDamage) {
  EXPECT_FALSE(nlohmann::json::accept(repaired("\"a\\\nb\"")));
  EXPECT_FALSE(nlohmann::json::accept(repaired("[\\\"a\"]")));
  EXPECT_FALSE(nlohmann::json::accept(repaired(std::string("\"\\\0\"", 4))));
  EXPECT_EQ(repaired("\\\"\t\""), "\\\"\t\"");
}

TEST(JsonRepairTest, RepairsAnyStringToOneThatOthersRead) {
  constexpr std::string_view kPieces[] = {
      "a",    "\\\\", "\\u0000",  "\\ud800",        "\\udc00", "\xff", "\xe2",         "\x82",
      "\xac", "\\n",  "\xf0\x9f", "\\uD83D\\uDE00", "\n",      "\x1f", "\xed\xa0\x80", "\t"};
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "\"";
    for (std::size_t count = random() % 8; count > 0; --count) {
      text += kPieces[random() % std::size(kPieces)];
    }
    const std::string once = repaired(text + '"');
    ASSERT_TRUE(nlohmann::json::accept(once)) << once;
    EXPECT_EQ(repaired(once), once);
    EXPECT_TRUE(has_valid_escapes(std::string_view(once).substr(1, once.size() - 2)));
  }
}

TEST(JsonRepairTest, FindsTheByteBeforeTheRepair) {
  const std::string json = "[\"\n\xff\",NaN,\"\\ud800\",x]";
  const std::string text = repaired(json);
  EXPECT_EQ(offset_before_repair(json, 0), 0);
  EXPECT_EQ(offset_before_repair(json, text.find('x')), json.find('x'));
  EXPECT_EQ(offset_before_repair(json, text.find("null")), json.find("NaN"));
  EXPECT_EQ(offset_before_repair(json, text.size() - 1), json.size() - 1);
  EXPECT_EQ(offset_before_repair(json, text.size()), json.size());
}

}  // namespace
}  // namespace hapax
