// SPDX-License-Identifier: Apache-2.0
#include "api/session_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "testing/crash_storage.hpp"
#include "testing/read_test_support.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

const std::string kPassword = "correct horse";

std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) {
      return value;
    }
  }
  return "";
}

/// The cookie that a browser sends after `response`.
std::string cookie_of(const HttpResponse& response) {
  const std::string set = header_of(response, "Set-Cookie");
  return set.substr(0, set.find(';'));
}

std::string code_of(const HttpResponse& response) {
  return Json::parse(response.body).value("code", "");
}

class SessionRoutesTest : public testing::Test {
 protected:
  SessionRoutesTest() {
    admin_ = std::move(AdminAccess::open("access", {disk_, clock_, random_})).value();
    gate_.emplace(GateSettings{}, KeyRing({{"of_web", {"web"}}}, {}, {}), *admin_);
    routes_.emplace(SessionRoutes::Parts{.admin = *admin_, .gate = *gate_, .clock = clock_}, "1.2");
  }

  void set_password() {
    ASSERT_TRUE(admin_->set_up(admin_->offer_setup().value(), kPassword).value());
  }

  static HttpRequest request_of(const std::string& method, const std::string& body = "",
                                const std::string& cookie = "") {
    HttpRequest request;
    request.method = method;
    request.host = "h:8080";
    request.peer = "10.0.0.1";
    request.origin = "http://h:8080";
    request.body = body;
    request.cookie = cookie;
    return request;
  }
  HttpResponse show(const std::string& cookie, const std::string& authorization = "") {
    HttpRequest request = request_of("GET", "", cookie);
    request.authorization = authorization;
    return ask(request, [this](const auto& r, const auto& respond) { routes_->show(r, respond); });
  }
  HttpResponse sign_in(const HttpRequest& request) {
    return ask(request,
               [this](const auto& r, const auto& respond) { routes_->sign_in(r, respond); });
  }
  HttpResponse sign_in(const std::string& password, const std::string& cookie = "") {
    return sign_in(request_of("POST", Json{{"password", password}}.dump(), cookie));
  }
  HttpResponse sign_out(const HttpRequest& request) {
    return ask(request,
               [this](const auto& r, const auto& respond) { routes_->sign_out(r, respond); });
  }
  HttpResponse set_up(const std::string& token, const std::string& password) {
    return ask(request_of("POST", Json{{"token", token}, {"password", password}}.dump()),
               [this](const auto& r, const auto& respond) { routes_->set_up(r, respond); });
  }
  template <typename Act>
  HttpResponse ask(const HttpRequest& request, Act act) {
    FakeResponder responder;
    act(request, responder.respond());
    return responder.wait();
  }

  CrashStorage disk_;
  StillClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<AdminAccess> admin_;
  std::optional<Gate> gate_;
  std::optional<SessionRoutes> routes_;
};

TEST_F(SessionRoutesTest, WhoIsNotSignedInIsToldWhetherThereIsAPassword) {
  HttpResponse answer = show("");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(code_of(answer), "not_signed_in");
  EXPECT_TRUE(Json::parse(answer.body).at("setup_needed").get<bool>());
  set_password();
  EXPECT_FALSE(Json::parse(show("").body).at("setup_needed").get<bool>());
  EXPECT_FALSE(Json::parse(show("", "Bearer wrong").body).at("setup_needed").get<bool>());
}

TEST_F(SessionRoutesTest, ThePasswordBeginsASession) {
  set_password();
  const HttpResponse answer = sign_in(kPassword);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(header_of(answer, "Set-Cookie"), HasSubstr("; HttpOnly; SameSite=Strict"));
  const Json shown = Json::parse(show(cookie_of(answer)).body);
  EXPECT_EQ(shown, Json::parse(R"({"signed_in":true,"rights":["read","events","admin"],
                                   "how":"password","version":"1.2"})"));
}

TEST_F(SessionRoutesTest, AKeyIsShownWithItsSources) {
  EXPECT_EQ(Json::parse(show("", "Bearer of_web").body),
            Json::parse(R"({"signed_in":true,"rights":["read"],"how":"key","sources":["web"],
                            "version":"1.2"})"));
}

TEST_F(SessionRoutesTest, AWrongPasswordBeginsNone) {
  EXPECT_EQ(code_of(sign_in(kPassword)), "wrong_password");
  set_password();
  const HttpResponse answer = sign_in("correct hors");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(code_of(answer), "wrong_password");
  EXPECT_EQ(header_of(answer, "Set-Cookie"), "");
  EXPECT_EQ(admin_->stats().sessions, 0U);
}

// Session fixation: what a browser had before it signed in is no session after it.
TEST_F(SessionRoutesTest, SigningInBeginsANewSessionAndEndsTheFormerOne) {
  set_password();
  const std::string planted = cookie_of(sign_in(kPassword));
  const std::string cookie = cookie_of(sign_in(kPassword, planted));
  EXPECT_NE(cookie, planted);
  EXPECT_EQ(show(planted).status, 401);
  EXPECT_EQ(show(cookie).status, 200);
  const std::string made_up = "hapax_session=planted-by-somebody";
  EXPECT_NE(cookie_of(sign_in(kPassword, made_up)), made_up);
  EXPECT_EQ(show(made_up).status, 401);
}

TEST_F(SessionRoutesTest, SigningOutEndsTheSession) {
  set_password();
  const std::string cookie = cookie_of(sign_in(kPassword));
  const std::string other = cookie_of(sign_in(kPassword));
  HttpRequest request = request_of("DELETE", "", cookie);
  request.origin = "http://evil.example";
  EXPECT_EQ(sign_out(request).status, 403);
  EXPECT_EQ(show(cookie).status, 200);
  request.origin = "http://h:8080";
  const HttpResponse answer = sign_out(request);
  EXPECT_EQ(answer.status, 204);
  EXPECT_THAT(header_of(answer, "Set-Cookie"), HasSubstr("hapax_session=; Path=/; Max-Age=0"));
  EXPECT_EQ(show(cookie).status, 401);
  EXPECT_EQ(show(other).status, 200);
  EXPECT_EQ(sign_out(request).status, 204);
}

TEST_F(SessionRoutesTest, ASignOutThatIsNotDurableSaysSo) {
  set_password();
  const std::string cookie = cookie_of(sign_in(kPassword));
  disk_.before_op([](const DiskOp&) {
    return std::optional(Error{ErrorKind::kExhausted, "the disk is full"});
  });
  EXPECT_EQ(sign_out(request_of("DELETE", "", cookie)).status, 503);
  EXPECT_EQ(show(cookie).status, 401);
}

TEST_F(SessionRoutesTest, PagesOfOthersCannotSignIn) {
  set_password();
  HttpRequest request = request_of("POST", Json{{"password", kPassword}}.dump());
  request.origin = "http://evil.example";
  const HttpResponse answer = sign_in(request);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(code_of(answer), "other_origin");
  EXPECT_EQ(header_of(answer, "Set-Cookie"), "");
}

TEST_F(SessionRoutesTest, GuessesAreBoundedEvenWhenTheLastIsRight) {
  set_password();
  const auto burst = static_cast<int>(Throttle::kOfAPeer.burst);
  for (int i = 0; i < burst; ++i) {
    EXPECT_EQ(sign_in("guess").status, 401);
  }
  const HttpResponse refused = sign_in(kPassword);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(code_of(refused), "too_many_tries");
  EXPECT_EQ(header_of(refused, "Retry-After"), "10");
  clock_.advance(Throttle::kOfAPeer.one_in);
  EXPECT_EQ(sign_in(kPassword).status, 200);
  EXPECT_EQ(routes_->stats().sign_ins,
            (std::map<std::string, std::uint64_t>{
                {"signed_in", 1}, {"throttled", 1}, {"wrong_password", burst}}));
}

TEST_F(SessionRoutesTest, GuessesOfLinksAreBoundedToo) {
  const std::string token = admin_->offer_setup().value();
  for (int i = 0; i < static_cast<int>(Throttle::kOfAPeer.burst); ++i) {
    EXPECT_EQ(code_of(set_up("guess", kPassword)), "wrong_link");
  }
  EXPECT_EQ(set_up(token, kPassword).status, 429);
}

TEST_F(SessionRoutesTest, TheLinkSetsThePasswordAndSignsInOnce) {
  const std::string token = admin_->offer_setup().value();
  for (int i = 0; i <= static_cast<int>(Throttle::kOfAPeer.burst); ++i) {
    EXPECT_EQ(code_of(set_up(token, "short")), "weak_password")
        << "whose link is right guesses not";
  }
  const HttpResponse answer = set_up(token, kPassword);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(show(cookie_of(answer)).status, 200);
  EXPECT_EQ(code_of(set_up(token, "another password")), "wrong_link");
  EXPECT_EQ(sign_in(kPassword).status, 200);
}

TEST_F(SessionRoutesTest, WhatIsNoSuchBodyIsRefusedAndIsNoTry) {
  set_password();
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[]"), std::string(R"({"password":1})"),
        std::string(R"({"pass":"x"})"), "{\"password\":\"" + std::string(5000, 'x') + "\"}",
        std::string("\"password\"")}) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(sign_in(request_of("POST", body)).status, 400) << body;
    }
  }
  EXPECT_EQ(sign_in(kPassword).status, 200);
}

TEST_F(SessionRoutesTest, AnswersWhatIsUnderWayBeforeItStops) {
  set_password();
  FakeResponder responder;
  routes_->sign_in(request_of("POST", Json{{"password", kPassword}}.dump()), responder.respond());
  routes_->stop();
  EXPECT_EQ(responder.wait().status, 200);
}

}  // namespace
}  // namespace hapax
