// SPDX-License-Identifier: Apache-2.0
#include "json/json_bounds.hpp"

#include <gtest/gtest.h>

#include "json/json_salvage.hpp"

namespace hapax {
namespace {

/// Where the value at the start of `text` ends; for a contradiction its place, negative.
int end_of(const std::string& text) {
  const auto value = JsonBounds(text).value(0);
  const int place = static_cast<int>(value.end);
  return value.search_from ? -place : place;
}

TEST(JsonBoundsTest, FindsTheEndOfAValueWhateverIsInIt) {
  for (const std::string text :
       {"1", "NaN", "007", "\"a\\\"]}\\\\\"", "{}", "[]", "[{\"a\":[]},{}]", "{\"a\":tru,b:+1,}",
        "[,,1,]", "{\"a\"}", "{\"a\":}", "{\"a\":\"\n\xff\"}", "a\\\"b"}) {
    const auto size = static_cast<int>(text.size());
    EXPECT_EQ(end_of(text), size) << text;
    EXPECT_EQ(end_of(" " + text), size + 1) << text;
    EXPECT_EQ(end_of(text + " ,{}]"), size) << text;
  }
}

TEST(JsonBoundsTest, SeesContradictionsWhereTheyAre) {
  EXPECT_EQ(end_of(R"({"a":"b,"c":"d"})"), -9);
  EXPECT_EQ(end_of(R"({"a":b","c":1})"), -6);
  EXPECT_EQ(end_of(R"({a":1})"), -2);
  EXPECT_EQ(end_of(R"({"a":1,{"b":2})"), -7);
  EXPECT_EQ(end_of(R"({"a":[1})"), -7);
  EXPECT_EQ(end_of(R"({"a":1])"), -6);
  EXPECT_EQ(end_of(R"(["a":1])"), -4);
  EXPECT_EQ(end_of(R"({"a":"b":1})"), -8);
  EXPECT_EQ(end_of(R"({"a":1)"), -6);
  EXPECT_EQ(end_of(R"(["a)"), -1);
  EXPECT_EQ(end_of(":"), 0);
}

/// What is left of the document behind the damaged element.
std::string rest_after(const std::string& document) {
  JsonBounds bounds(document);
  const auto end = bounds.find_element_end(document.find('!'));
  return end ? document.substr(*end) : "none";
}

TEST(JsonBoundsTest, FindsTheNextElementOfTheSameArray) {
  EXPECT_EQ(rest_after(R"([! "},{"a":1}]})"), R"(,{"a":1}]})");
  EXPECT_EQ(rest_after(R"([! },{}]})"), ",{}]}");
  EXPECT_EQ(rest_after(R"([! ,"l":[{"a":1},{"b":2}],"c":3},{"d":4}]})"), R"(,{"d":4}]})");
  EXPECT_EQ(rest_after(R"([! ,"l":[{"a":1},{"b":2}],"c":3}],"e":[{"f":1}] } )"),
            R"(],"e":[{"f":1}] } )");
  // Another one is damaged too.
  EXPECT_EQ(rest_after(R"([! },{"a":"b},{"c":1}]})"), R"(,{"a":"b},{"c":1}]})");
}

TEST(JsonBoundsTest, FindsNoEndWhereTheDocumentHasNone) {
  for (const char* document :
       {R"([! })", R"([! }])", R"([! }]})", R"([! }]}x)", R"([! }],"a":1)", R"([! }],"a"})"}) {
    EXPECT_EQ(rest_after(document), document == std::string(R"([! }]})") ? "]}" : "none");
  }
}

// Each part of it looks as if the array ended there, until the document does not.
TEST(JsonBoundsTest, LooksAtNoByteTooOften) {
  for (const std::string part : {R"({"x":1}],"k":[{"a":1},)", R"(},{"b":1}],"k":[{"a":1)",
                                 R"(,{"":[)", R"(],"":[)", "]", R"(,{")"}) {
    std::string document = R"({"batch":[{"a":"b,"c":1},)";
    while (document.size() < 100'000) {
      document += part;
    }
    JsonBounds bounds(document);
    bounds.find_element_end(10);
    EXPECT_LE(bounds.work(), JsonBounds::kWorkMax * document.size()) << part;
    (void)salvage_json(document, {.array_key = "batch", .pieces_max = 1'000'000});
  }
}

}  // namespace
}  // namespace hapax
