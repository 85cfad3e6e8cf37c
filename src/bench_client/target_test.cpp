// SPDX-License-Identifier: Apache-2.0
#include "bench_client/target.hpp"

#include <gtest/gtest.h>

namespace hapax::bench {
namespace {

TEST(TargetTest, ReadsHostAndPort) {
  const auto target = parse_target("http://127.0.0.1:9000/");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->authority(), "127.0.0.1:9000");
  EXPECT_EQ(parse_target("http://collector.example")->authority(), "collector.example:80");
}

TEST(TargetTest, RefusesWhatItCannotReach) {
  for (const auto* url : {"", "127.0.0.1:80", "https://x:443", "http://", "http://x:", "http://x:y",
                          "http://x:99999", "http://x:80/path"}) {
    EXPECT_FALSE(parse_target(url)) << url;
  }
}

}  // namespace
}  // namespace hapax::bench
