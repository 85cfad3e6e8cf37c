// SPDX-License-Identifier: Apache-2.0
#include "json/json_walk.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

namespace hapax {
namespace {

/// Whether `text` is one well-formed JSON value.
bool is_well_formed(const std::string& text) {
  const std::string padded = text + std::string(kJsonPaddingBytes, '\0');
  const auto json = std::string_view(padded).substr(0, text.size());
  JsonIndex index;
  return !find_json_fault(json, index);
}

TEST(JsonWalkTest, TakesWellFormedValuesOnly) {
  for (const char* text : {"{}", " [ ] ", "\"\"", "-0.5e3", "true", "null",
                           R"({"a":[{},[]],"b":1})", R"(["\u00e9\n","\\"])", "{\"a\"\t:\r\n1 }"}) {
    EXPECT_TRUE(is_well_formed(text)) << text;
  }
  for (const char* text : {"{",
                           "}",
                           "[",
                           "]",
                           ",",
                           ":",
                           "\"",
                           "{]",
                           "[}",
                           "[1,]",
                           "{,}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{\"a\" 1}",
                           "{a:1}",
                           "{1:2}",
                           "[1 2]",
                           "[\"a\"\"b\"]",
                           "[\"a\"b]",
                           "[1\"a\"]",
                           "1 1",
                           "{}{}",
                           "{} x",
                           "[01]",
                           "[tru]",
                           "[truex]",
                           "[nul l]",
                           "[\"a\": 1]",
                           "\"\\x\"",
                           "[\"\n\"]",
                           "[1\f]",
                           "[\f1]",
                           "[1\x1a"
                           "2]",
                           "{\"a\"\x1a"
                           "1}",
                           "[1\v]"}) {
    EXPECT_FALSE(is_well_formed(text)) << text;
  }
  EXPECT_FALSE(is_well_formed(std::string("[1,\0]", 5)));
  EXPECT_FALSE(is_well_formed(std::string("[\0", 2)));
}

TEST(JsonWalkTest, JudgesLikeTheReference) {
  constexpr std::string_view kPieces[] = {
      "{",  "}", "[",       "]",    ",",    ":",      "\"",    "a",  "1",  "\\",      " ",
      "\n", "-", "\\u00e9", "true", "null", "\"k\":", "\"v\"", "{}", "[]", ",\"k\":1"};
  const std::string valid =
      R"({"batch":[{"a":"b\"c","d":[1,-2.5e3,{"e":null}],"f":true},"x",[[]]],"g":{"h":"\\"}})";
  std::mt19937_64 random(1);
  int accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string text = valid;
    for (std::size_t edits = 1 + random() % 2; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      text.replace(at, random() % 4, kPieces[random() % std::size(kPieces)]);
    }
    const bool expected = nlohmann::json::accept(text);
    ASSERT_EQ(is_well_formed(text), expected) << text;
    accepted += expected ? 1 : 0;
  }
  EXPECT_GT(accepted, 5'000);
}

TEST(JsonWalkTest, SaysWhereTheFirstFaultIs) {
  const std::pair<const char*, std::size_t> cases[] = {
      {"[1,02]", 3},    {"{\"a\":1,}", 7},      {"{\"a\" 1}", 5}, {"[1 2]", 3}, {"[\"a\",tru]", 5},
      {"[\"\\x\"]", 1}, {"[\"\\ud800\",1]", 1}, {"{} []", 3},     {"[1,", 3},   {"", 0},
  };
  JsonIndex index;
  for (const auto& [text, at] : cases) {
    const std::string padded = text + std::string(kJsonPaddingBytes, '\0');
    const auto fault = find_json_fault(std::string_view(padded).substr(0, strlen(text)), index);
    ASSERT_TRUE(fault.has_value()) << text;
    EXPECT_EQ(fault->at, at) << text;
  }
}

TEST(JsonWalkTest, MeasuresDepthAndStopsAtItsLimit) {
  const auto nested = [](std::uint32_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(is_well_formed(nested(JsonWalk::kNestingMax)));
  EXPECT_FALSE(is_well_formed(nested(JsonWalk::kNestingMax + 1)));
}

}  // namespace
}  // namespace hapax
