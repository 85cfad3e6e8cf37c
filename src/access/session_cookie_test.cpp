// SPDX-License-Identifier: Apache-2.0
#include "access/session_cookie.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(SessionCookieTest, IsForOurPagesAlone) {
  HttpRequest request;
  EXPECT_EQ(session_cookie(request, "t"),
            "hapax_session=t; Path=/; Max-Age=7776000; HttpOnly; SameSite=Strict");
  EXPECT_EQ(no_session_cookie(request),
            "hapax_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

TEST(SessionCookieTest, BehindTlsItGoesOverTlsAlone) {
  HttpRequest request;
  request.forwarded_proto = "https";
  EXPECT_THAT(session_cookie(request, "t"), HasSubstr("; Secure"));
  EXPECT_THAT(no_session_cookie(request), HasSubstr("; Secure"));
  request.forwarded_proto = "http";
  EXPECT_THAT(session_cookie(request, "t"), Not(HasSubstr("Secure")));
}

TEST(SessionCookieTest, IsFoundAmongOthers) {
  EXPECT_THAT(session_tokens("hapax_session=a"), ElementsAre("a"));
  EXPECT_THAT(session_tokens("x=1; hapax_session=a;hapax_session=b; y"), ElementsAre("a", "b"));
  EXPECT_THAT(session_tokens("hapax_session="), ElementsAre(""));
  for (const char* none :
       {"", ";", "hapax_session", "hapax_sessions=a", "x=hapax_session=a", " ; "}) {
    EXPECT_THAT(session_tokens(none), IsEmpty()) << none;
  }
}

TEST(SessionCookieTest, OfManyTheFirstAreAsked) {
  std::string cookie;
  for (int i = 0; i < 1000; ++i) {
    cookie += "hapax_session=x; ";
  }
  EXPECT_EQ(session_tokens(cookie).size(), 8U);
}

}  // namespace
}  // namespace hapax
