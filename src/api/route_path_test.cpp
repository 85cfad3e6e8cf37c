// SPDX-License-Identifier: Apache-2.0
#include "api/route_path.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(RoutePathTest, ANameIsOnePart) {
  EXPECT_EQ(match_path("/a/{name}", "/a/b"), "b");
  EXPECT_EQ(match_path("/a/{name}/c", "/a/b/c"), "b");
  EXPECT_EQ(match_path("/a/b", "/a/b"), "");
  for (const auto& [pattern, path] : {std::pair("/a/{name}", "/a"),
                                      {"/a/{name}", "/a/b/c"},
                                      {"/a/{name}/c", "/a/c"},
                                      {"/a/{name}/c", "/a//c"},
                                      {"/a/{name}/c", "/a/b/d"},
                                      {"/a/b", "/a/b/c"}}) {
    EXPECT_EQ(match_path(pattern, path), std::nullopt) << pattern << " " << path;
  }
}

}  // namespace
}  // namespace hapax
