// SPDX-License-Identifier: Apache-2.0
#include "http/request_url.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

std::string url(const std::string& host, const std::string& forwarded_proto) {
  HttpRequest request;
  request.host = host;
  request.forwarded_proto = forwarded_proto;
  return request_url(request);
}

TEST(RequestUrlTest, IsWhatTheClientUsed) {
  EXPECT_EQ(url("localhost:8080", ""), "http://localhost:8080");
  EXPECT_EQ(url("a.example", "http"), "http://a.example");
  for (const char* proto : {"https", "https, http", "https,http"}) {
    EXPECT_EQ(url("a.example", proto), "https://a.example") << proto;
  }
  EXPECT_EQ(url("", "gopher"), "http://localhost");
}

}  // namespace
}  // namespace hapax
