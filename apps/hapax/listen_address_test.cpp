// SPDX-License-Identifier: Apache-2.0
#include "listen_address.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(ResolveListenTest, AddressesStayWhatTheyAre) {
  for (const auto* address : {"127.0.0.1", "0.0.0.0", "::1", "::"}) {
    const auto resolved = resolve({.address = address, .port = 8080, .loopback = false});
    ASSERT_TRUE(resolved) << resolved.error().text();
    EXPECT_EQ(resolved->address, address);
    EXPECT_EQ(resolved->port, 8080);
  }
}

TEST(ResolveListenTest, LocalhostIsThisMachineAlone) {
  const auto resolved = resolve(*parse_listen("localhost:8080"));
  ASSERT_TRUE(resolved) << resolved.error().text();
  EXPECT_TRUE(resolved->loopback) << resolved->address;
}

TEST(ResolveListenTest, AnAddressThatOthersReachDoesNotPassAsLocalhost) {
  EXPECT_FALSE(resolve({.address = "0.0.0.0", .port = 8080, .loopback = true}));
}

TEST(ResolveListenTest, AnUnknownNameIsRefused) {
  const auto resolved = resolve({.address = "no such name", .port = 8080, .loopback = false});
  ASSERT_FALSE(resolved);
  EXPECT_EQ(resolved.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace hapax
