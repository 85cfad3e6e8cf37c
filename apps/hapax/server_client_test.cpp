// SPDX-License-Identifier: Apache-2.0
#include "server_client.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(ServerClientTest, ReadsAddresses) {
  EXPECT_EQ(parse_url("http://127.0.0.1:8080/")->host, "127.0.0.1");
  EXPECT_EQ(parse_url("http://127.0.0.1:8080/")->port, "8080");
  EXPECT_EQ(parse_url("http://[::1]:8080")->host, "::1");
  EXPECT_EQ(parse_url("http://events.example.com")->port, "80");
  for (const char* wrong : {"127.0.0.1:8080", "https://a", "http://", "http://a:b", "http://a/b"}) {
    EXPECT_FALSE(parse_url(wrong)) << wrong;
  }
}

TEST(ServerClientTest, KnowsWhereAServerOfThisMachineIs) {
  EXPECT_EQ(address_of("127.0.0.1:9000")->port, "9000");
  EXPECT_EQ(address_of("0.0.0.0:9000")->host, "localhost");
  EXPECT_EQ(address_of("[::1]:9000")->host, "::1");
  EXPECT_FALSE(address_of("127.0.0.1:0"));
}

TEST(ServerClientTest, SaysThatNobodyListens) {
  const auto answer = ask_server({.host = "127.0.0.1", .port = "1"}, "GET", "/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hapax
