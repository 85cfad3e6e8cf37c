// SPDX-License-Identifier: Apache-2.0
#include "http/url_path.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(UrlPathTest, SlashesAtTheEndAndDoubledOnesDoNotMatter) {
  EXPECT_EQ(normal_path("/v1/batch"), "/v1/batch");
  EXPECT_EQ(normal_path("//v1///batch//"), "/v1/batch");
  EXPECT_EQ(normal_path("/"), "");
  EXPECT_EQ(normal_path("///"), "");
  EXPECT_EQ(normal_path(""), "");
}

}  // namespace
}  // namespace hapax
