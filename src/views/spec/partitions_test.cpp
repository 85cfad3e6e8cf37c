// SPDX-License-Identifier: Apache-2.0
#include "views/spec/partitions.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hapax {
namespace {

Result<void> check(const std::string& keys) {
  return counts_alike_in_partitions(
      parse_view_json(R"({"name":"v","measures":{"n":"count"},)" + keys + "}").value());
}

TEST(PartitionsTest, ViewsOverEventsAddUp) {
  EXPECT_TRUE(check(R"("group_by":["user"])"));
}

TEST(PartitionsTest, KeysMustBeInOnePartition) {
  EXPECT_TRUE(check(R"("per":"user","window":{"session":"30m","by":"1d"})"));
  for (const std::string key : {"anonymous_id", "user_id", "session_id", "properties.account"}) {
    const auto checked = check(R"("window":{"tumbling":"1d"},"per":")" + key + '"');
    ASSERT_FALSE(checked) << key;
    EXPECT_EQ(checked.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(checked.error().message.find("per \"" + key + "\""), std::string::npos)
        << checked.error().message;
  }
}

}  // namespace
}  // namespace hapax
