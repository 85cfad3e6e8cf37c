// SPDX-License-Identifier: Apache-2.0
#include "collector/stamping_library.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hapax {
namespace {

bool stamps(const std::string& name, const std::string& version) {
  return stamps_each_try(R"({"ip":"::1","library":{"name":")" + name + R"(","version":")" +
                         version + R"("},"locale":"en"})");
}

TEST(StampingLibraryTest, KnowsLibrariesByNameAndVersion) {
  EXPECT_TRUE(stamps("analytics.js", "npm:next-1.84.3"));
  EXPECT_TRUE(stamps("analytics.js", "next-1.100.0-beta.1"));
  EXPECT_TRUE(stamps("@segment/analytics-node", "3.1.0"));
  EXPECT_TRUE(stamps("@segment/analytics-node", "3.2.17"));
  EXPECT_TRUE(stamps("@hapax/sdk", "0.1.0"));
  EXPECT_TRUE(stamps("@hapax/sdk", "1.9.2"));
}

TEST(StampingLibraryTest, TrustsNoOther) {
  EXPECT_FALSE(stamps("analytics.js", "npm:next-1.84.2"));
  EXPECT_FALSE(stamps("analytics.js", "npm:next-2.0.0"));
  EXPECT_FALSE(stamps("analytics.js", "1.90.0"));  // The classic one.
  EXPECT_FALSE(stamps("@segment/analytics-node", "3.0.9"));
  EXPECT_FALSE(stamps("@segment/analytics-node", "4.0.0"));
  EXPECT_FALSE(stamps("@hapax/sdk", "2.0.0"));
  EXPECT_FALSE(stamps("@segment/analytics-node", "3.1"));
  EXPECT_FALSE(stamps("@segment/analytics-node", ""));
  for (const char* name :
       {"analytics-java", "analytics-go", "analytics-python", "analytics-kotlin", "analytics-swift",
        "Analytics-CSharp", "rudder-sdk-node", "RudderLabs JavaScript SDK", ""}) {
    EXPECT_FALSE(stamps(name, "3.1.0")) << name;
  }
}

TEST(StampingLibraryTest, NeedsALibraryInTheContext) {
  for (const char* context :
       {"", "{}", R"({"library":"analytics.js"})", R"({"library":{"name":"analytics.js"}})",
        R"({"library":{"name":"@segment/analytics-node","version":3}})",
        R"({"app":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}}})"}) {
    EXPECT_FALSE(stamps_each_try(context)) << context;
  }
}

}  // namespace
}  // namespace hapax
