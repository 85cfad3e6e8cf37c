// SPDX-License-Identifier: Apache-2.0
#include "adapters/curl/curl_notifier.hpp"

#include <gtest/gtest.h>

// What a web server and a mail server see: tests/e2e/alerts.py.

namespace hapax {
namespace {

/// Nobody listens there.
constexpr const char* kNobody = "127.0.0.1:1";

CurlNotifier notifier(std::string smtp_url) {
  return CurlNotifier({.smtp_url = std::move(smtp_url), .smtp_user = {}, .smtp_password = {}});
}

TEST(CurlNotifierTest, SaysThatNobodyListens) {
  CurlNotifier both = notifier(std::string("smtp://") + kNobody);
  const auto posted = both.post({.url = std::string("http://") + kNobody, .body = "{}"}, {});
  ASSERT_FALSE(posted);
  EXPECT_EQ(posted.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(posted.error().message, "");
  const auto sent = both.send({.from = "a@b", .to = {"c@d"}, .message = "\r\n"}, {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::kUnavailable);
}

TEST(CurlNotifierTest, TakesNoOtherProtocol) {
  CurlNotifier none = notifier("");
  EXPECT_FALSE(none.post({.url = "file:///etc/passwd"}, {}));
  const auto sent = none.send({.from = "a@b", .to = {"c@d"}}, {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::kInvalid) << "it need not be tried again";
}

TEST(CurlNotifierTest, KnowsAddressesOfMailServers) {
  for (const char* right : {"smtp://mail.example.com:587", "smtps://mail.example.com",
                            "smtp://[::1]:25", "smtp://127.0.0.1:25"}) {
    EXPECT_TRUE(is_smtp_url(right)) << right;
  }
  for (const char* wrong : {"", "mail.example.com", "http://a", "smtp://", "smtp://user:word@a",
                            "smtp://a b", "smtp://a/x"}) {
    EXPECT_FALSE(is_smtp_url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace hapax
