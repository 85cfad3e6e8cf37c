// SPDX-License-Identifier: Apache-2.0
#include "collector/route.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hapax {
namespace {

TEST(RouteTest, KnowsWordsAndLettersOfEveryCall) {
  const std::pair<const char*, EventType> routes[] = {
      {"track", EventType::kTrack},       {"t", EventType::kTrack},
      {"identify", EventType::kIdentify}, {"i", EventType::kIdentify},
      {"page", EventType::kPage},         {"p", EventType::kPage},
      {"screen", EventType::kScreen},     {"s", EventType::kScreen},
      {"group", EventType::kGroup},       {"g", EventType::kGroup},
      {"alias", EventType::kAlias},       {"a", EventType::kAlias},
      {"batch", EventType::kUnspecified}, {"b", EventType::kUnspecified},
      {"import", EventType::kUnspecified}};
  for (const auto& [name, type] : routes) {
    const auto route = find_route(std::string("/v1/") + name);
    ASSERT_TRUE(route.has_value()) << name;
    EXPECT_EQ(route->type, type) << name;
  }
}

TEST(RouteTest, KnowsWhereOtherSdksSendTo) {
  const std::pair<const char*, EventType> calls[] = {
      {"track", EventType::kTrack},      {"identify", EventType::kIdentify},
      {"page", EventType::kPage},        {"screen", EventType::kScreen},
      {"group", EventType::kGroup},      {"alias", EventType::kAlias},
      {"batch", EventType::kUnspecified}};
  for (const auto& [name, type] : calls) {
    for (const std::string prefix : {"/api/s/", "/api/s/s2s/"}) {
      const auto route = find_route(prefix + name);
      ASSERT_TRUE(route.has_value()) << prefix << name;
      EXPECT_EQ(route->type, type) << prefix << name;
    }
  }
  ASSERT_TRUE(find_route("/beacon/v1/batch").has_value());
  EXPECT_EQ(find_route("/beacon/v1/batch")->type, EventType::kUnspecified);
}

TEST(RouteTest, ForgivesSlashes) {
  for (const char* path : {"/v1/batch/", "//v1/batch", "//v1//batch//"}) {
    EXPECT_TRUE(find_route(path).has_value()) << path;
  }
}

TEST(RouteTest, KnowsNothingElse) {
  for (const std::string& path :
       {std::string(), std::string("/"), std::string("/v1"), std::string("/v1/m"),
        std::string("/v2/batch"), std::string("/v1/batch/x"), std::string("v1/batch"),
        std::string("/v1/Batch"), "/v1/batch" + std::string(100, '/') + "x"}) {
    EXPECT_FALSE(find_route(path).has_value()) << path;
  }
}

}  // namespace
}  // namespace hapax
