// SPDX-License-Identifier: Apache-2.0
#include "json/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hapax {
namespace {

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
