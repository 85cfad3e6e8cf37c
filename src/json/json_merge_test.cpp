// SPDX-License-Identifier: Apache-2.0
#include "json/json_merge.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace hapax {
namespace {

std::string merged(std::string_view under, std::string_view over) {
  return std::string(JsonMerge(under).with(over));
}

TEST(JsonMergeTest, MergesUnderWithoutTouchingOver) {
  EXPECT_EQ(merged(R"({"library":{"name":"go"},"ip":"1"})", R"({ "ip" : "2" })"),
            R"({"library":{"name":"go"},"ip" : "2" })");
  EXPECT_EQ(merged("{}", R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(merged(R"({"a":1})", "{ }"), R"({"a":1})");
  EXPECT_EQ(merged("{}", "{}"), "{}");
  EXPECT_EQ(merged(R"({"a":{"a":[1,{"b":"}\","}]},"c":2})", R"({"b":"{\\"})"),
            R"({"a":{"a":[1,{"b":"}\","}]},"c":2,"b":"{\\"})");
}

TEST(JsonMergeTest, MergesLikeTheReference) {
  std::mt19937_64 random(2);
  const auto make = [&random] {
    nlohmann::json object = nlohmann::json::object();
    for (std::size_t count = random() % 5; count > 0; --count) {
      const std::string key(1, static_cast<char>('a' + random() % 6));
      switch (random() % 4) {
        case 0:
          object[key] = nlohmann::json{{"a", {1, 2, "]}\"\\"}}};
          break;
        case 1:
          object[key] = "x,}\"";
          break;
        case 2:
          object[key] = nullptr;
          break;
        default:
          object[key] = random();
      }
    }
    return object;
  };
  for (int i = 0; i < 5000; ++i) {
    nlohmann::json under = make();
    const nlohmann::json over = make();
    const std::string both = merged(under.dump(), over.dump(i % 2 == 0 ? 1 : -1));
    under.update(over);
    ASSERT_EQ(nlohmann::json::parse(both), under);
  }
}

TEST(JsonMergeTest, StartsAnewWithEachObject) {
  JsonMerge merge(R"({"b":1,"a":2})");
  EXPECT_EQ(merge.with(R"({"a":3})"), R"({"b":1,"a":3})");
  EXPECT_EQ(merge.with(R"({"b":4})"), R"({"a":2,"b":4})");
  EXPECT_EQ(merge.with("{}"), R"({"a":2,"b":1})");
}

TEST(JsonMergeTest, TakesTheLastOfARepeatedKey) {
  EXPECT_EQ(merged(R"({"a":1,"b":2,"a":3})", R"({"c":4})"), R"({"a":3,"b":2,"c":4})");
  EXPECT_EQ(merged(R"({"a":1,"a":2})", R"({"a":3})"), R"({"a":3})");
}

// Comparing each key with each would take a minute.
TEST(JsonMergeTest, TakesManyKeysOnBothSides) {
  constexpr int kCount = 200'000;
  std::string under = "{";
  std::string over = "{";
  for (int i = 0; i < kCount; ++i) {
    const std::string comma = i == 0 ? "" : ",";
    under += comma + "\"" + std::to_string(i) + "\":0";
    over += comma + "\"" + std::to_string(i + kCount / 2) + "\":1";
  }
  const auto both = nlohmann::json::parse(merged(under + "}", over + "}"));
  EXPECT_EQ(both.size(), kCount + kCount / 2);
  EXPECT_EQ(both[std::to_string(kCount / 2 - 1)], 0);
  EXPECT_EQ(both[std::to_string(kCount / 2)], 1);
}

}  // namespace
}  // namespace hapax
