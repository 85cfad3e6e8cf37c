#include "json/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace hapax {
namespace {

constexpr const char* kReplacement = "\xef\xbf\xbd";

TEST(JsonTextTest, KnowsNumbersOfAnySize) {
  for (const char* number : {"0", "-0", "1", "-12", "1.5", "0.0", "1e5", "1E+5", "1.25e-400",
                             "1e400", "123456789012345678901234567890"}) {
    EXPECT_TRUE(is_json_number(number)) << number;
  }
  for (const char* other : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e5", "0x1",
                            "NaN", "Infinity", "1 ", "1,2", "--1", "1.2.3"}) {
    EXPECT_FALSE(is_json_number(other)) << other;
  }
}

TEST(JsonTextTest, TellsReplaceableEscapesFromInvalidOnes) {
  using enum EscapeState;
  EXPECT_EQ(check_escapes("plain"), kValid);
  EXPECT_EQ(check_escapes(R"(\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00)"), kValid);
  EXPECT_EQ(check_escapes(R"(\\u0000)"), kValid);
  for (const char* text : {R"(\u0000)", R"(\ud83d)", R"(\ude00)", R"(\ud83d\ud83d)", R"(\ud83dx)",
                           R"(\ude00\ud83d)", R"(ok\n\uDFFF)"}) {
    EXPECT_EQ(check_escapes(text), kReplaceable) << text;
  }
  for (const char* text : {R"(\x)", R"(\u12)", R"(\u12g4)", "\\", R"(\u0000\x)"}) {
    EXPECT_EQ(check_escapes(text), kInvalid) << text;
  }
}

TEST(JsonTextTest, ReplacesWhatCannotBeStored) {
  EXPECT_EQ(repair_json(R"({"a":"\u0000\ud800\\u0000\ud83d\ude00"})"),
            R"({"a":"\ufffd\ufffd\\u0000\ud83d\ude00"})");
  EXPECT_EQ(repair_json("\"a\xff\x62\""), std::string("\"a") + kReplacement + "b\"");
  EXPECT_EQ(repair_json(std::string("a\0b", 3)), std::string("a") + kReplacement + "b");
  // Unicode 3.9, table 3-8: one for each maximal subpart.
  EXPECT_EQ(repair_json("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"),
            std::string(kReplacement) + kReplacement + kReplacement + kReplacement + "A");
  EXPECT_EQ(repair_json("\xed\xa0\x80"), std::string(kReplacement) + kReplacement + kReplacement);
  EXPECT_EQ(repair_json("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(JsonTextTest, RepairsAnyStringToOneThatOthersRead) {
  constexpr std::string_view kPieces[] = {
      "a",    "\\\\", "\\u0000", "\\ud800",  "\\udc00",        "\xff",        "\xe2",
      "\x82", "\xac", "\\n",     "\xf0\x9f", "\\uD83D\\uDE00", "\xed\xa0\x80"};
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "\"";
    for (std::size_t count = random() % 8; count > 0; --count) {
      text += kPieces[random() % std::size(kPieces)];
    }
    const std::string repaired = repair_json(text + '"');
    ASSERT_TRUE(nlohmann::json::accept(repaired)) << repaired;
    EXPECT_EQ(repair_json(repaired), repaired);
    EXPECT_EQ(check_escapes(std::string_view(repaired).substr(1, repaired.size() - 2)),
              EscapeState::kValid);
  }
}

TEST(JsonTextTest, WritesStringsThatReadBack) {
  std::string text;
  for (int byte = 0; byte < 128; ++byte) {
    text += static_cast<char>(byte);
  }
  text += "\xc3\xa9";
  std::string json;
  append_json_string(text, json);
  EXPECT_EQ(nlohmann::json::parse(json), nlohmann::json(text));
}

}  // namespace
}  // namespace hapax
