// SPDX-License-Identifier: Apache-2.0
#include "access/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

const std::set<Right> kAll{Right::kRead, Right::kEvents, Right::kAdmin};

HttpRequest request_to(const std::string& host, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.path = "/api/views";
  request.host = host;
  return request;
}

class GateTest : public testing::Test {
 protected:
  GateTest() {
    admin_ = std::move(AdminAccess::open("access", {disk_, clock_, random_})).value();
    session_ = admin_->begin_session();
    make({});
  }

  void make(GateSettings settings) {
    gate_.emplace(std::move(settings),
                  KeyRing({{"reads", {}}, {"of_web", {"web"}}, {"twice", {"web"}}}, {"sees"},
                          {"rules", "twice"}),
                  *admin_);
  }

  Caller caller(const HttpRequest& request, bool key_in_query = false) const {
    auto found = gate_->caller_of(request, key_in_query);
    const auto* const response = std::get_if<HttpResponse>(&found);
    EXPECT_EQ(response, nullptr) << response->body;
    return response == nullptr ? std::get<Caller>(found) : Caller();
  }
  /// Status and code, such as "403 other_origin"; empty when it is let through.
  std::string refusal(const HttpRequest& request) const {
    const auto found = gate_->caller_of(request, false);
    const auto* const response = std::get_if<HttpResponse>(&found);
    return response == nullptr ? "" : told(*response);
  }
  static std::string told(const std::optional<HttpResponse>& response) {
    return response ? told(*response) : "";
  }
  static std::string told(const HttpResponse& response) {
    constexpr std::string_view kBefore = R"("code":")";
    const auto at = response.body.find(kBefore) + kBefore.size();
    return std::to_string(response.status) + " " +
           response.body.substr(at, response.body.find('"', at) - at);
  }

  static HttpRequest with_key(const std::string& key) {
    HttpRequest request = request_to("localhost");
    request.authorization = "Bearer " + key;
    return request;
  }
  HttpRequest with_cookie(const std::string& method, const std::string& host = "h:8080") const {
    HttpRequest request = request_to(host, method);
    request.cookie = "a=b; hapax_session=" + session_;
    return request;
  }

  CrashStorage disk_;
  StillClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<AdminAccess> admin_;
  std::string session_;
  std::optional<Gate> gate_;
};

TEST_F(GateTest, WhoSendsNothingMayNothing) {
  const Caller nobody = caller(request_to("localhost"));
  EXPECT_EQ(nobody.known, Known::kNot);
  for (const Right right : kAll) {
    EXPECT_EQ(told(refused_right(nobody, right)), "401 not_signed_in");
  }
}

TEST_F(GateTest, KeysMayWhatTheirListSays) {
  EXPECT_EQ(caller(with_key("reads")).rights, std::set{Right::kRead});
  EXPECT_EQ(caller(with_key("sees")).rights, (std::set{Right::kRead, Right::kEvents}));
  EXPECT_EQ(caller(with_key("rules")).rights, kAll);
  EXPECT_EQ(caller(with_key("of_web")).sources, ReadScope{"web"});
  EXPECT_EQ(told(refused_right(caller(with_key("reads")), Right::kEvents)), "403 not_allowed");
  EXPECT_EQ(told(refused_right(caller(with_key("sees")), Right::kAdmin)), "403 not_allowed");
  EXPECT_FALSE(refused_right(caller(with_key("sees")), Right::kEvents));
}

TEST_F(GateTest, AKeyOfSeveralListsMayWhatTheHighestGives) {
  EXPECT_EQ(caller(with_key("twice")).rights, kAll);
  EXPECT_EQ(caller(with_key("twice")).sources, ReadScope());
}

TEST_F(GateTest, AWrongKeyIsRefusedAndNotTakenForNone) {
  for (const std::string wrong : {"read", "readss", "", "READS", "reads "}) {
    EXPECT_EQ(refusal(with_key(wrong)), "401 invalid_key") << wrong;
  }
  HttpRequest request = with_cookie("GET");
  request.authorization = "Bearer wrong";
  EXPECT_EQ(refusal(request), "401 invalid_key");
  request.authorization = "Basic d2ViOg==";  // Of a write key.
  EXPECT_EQ(caller(request).known, Known::kByPassword);
}

TEST_F(GateTest, TheMachinesTokenMayEverything) {
  const std::string file = disk_.content("access/token");
  const Caller machine = caller(with_key(file.substr(0, file.size() - 1)));
  EXPECT_EQ(machine.known, Known::kByToken);
  EXPECT_EQ(machine.rights, kAll);
}

TEST_F(GateTest, AKeyInTheQueryIsTakenWhereItMayBe) {
  HttpRequest request = request_to("localhost");
  request.query = "readKey=reads";
  EXPECT_EQ(caller(request, true).known, Known::kByKey);
  EXPECT_EQ(caller(request, false).known, Known::kNot);
}

TEST_F(GateTest, ASessionMayEverythingUntilItEnds) {
  EXPECT_EQ(caller(with_cookie("GET")).rights, kAll);
  ASSERT_TRUE(admin_->end_session(hash_secret(session_)));
  EXPECT_EQ(caller(with_cookie("GET")).known, Known::kNot);
}

TEST_F(GateTest, ACookieThatSomebodyPutBesideDoesNoHarm) {
  HttpRequest request = with_cookie("GET");
  request.cookie = "hapax_session=planted; " + request.cookie;
  EXPECT_EQ(caller(request).known, Known::kByPassword);
  request.cookie = "hapax_session=planted; xhapax_session=" + session_;
  EXPECT_EQ(caller(request).known, Known::kNot);
}

// CSRF: with a cookie only our own page changes anything.
TEST_F(GateTest, OnlyOurOwnPageChangesAnythingByACookie) {
  struct Case {
    const char* origin;
    const char* site;
    bool is_ours;
  };
  for (const auto& [origin, site, is_ours] :
       {Case{"", "", false}, Case{"http://h:8080", "", true}, Case{"https://h:8080", "", true},
        Case{"http://H:8080", "", true}, Case{"http://h:8081", "", false},
        Case{"http://h", "", false}, Case{"http://evil.h:8080", "", false}, Case{"null", "", false},
        Case{"h:8080", "", false}, Case{"file://h:8080", "", false}, Case{"", "same-origin", true},
        Case{"http://other", "same-origin", true}, Case{"http://h:8080", "same-site", false},
        Case{"http://h:8080", "cross-site", false}, Case{"", "none", false}}) {
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
      HttpRequest request = with_cookie(method);
      request.origin = origin;
      request.sec_fetch_site = site;
      EXPECT_EQ(refusal(request), is_ours ? "" : "403 other_origin") << origin << " " << site;
    }
    HttpRequest reads = with_cookie("GET");
    reads.origin = origin;
    reads.sec_fetch_site = site;
    EXPECT_EQ(refusal(reads), "") << origin << " " << site;
  }
}

TEST_F(GateTest, TheUsualPortNeedsNotBeSaid) {
  HttpRequest request = with_cookie("POST", "h");
  for (const char* origin : {"https://h", "https://h:443", "http://h:80"}) {
    request.origin = origin;
    EXPECT_EQ(refusal(request), "") << origin;
  }
  request.origin = "http://h:443";
  EXPECT_EQ(refusal(request), "403 other_origin");
  request.host = "[::1]";
  request.origin = "http://[::1]";
  EXPECT_EQ(refusal(request), "");
  request.host = "";
  request.origin = "http://";
  EXPECT_EQ(refusal(request), "403 other_origin");
}

TEST_F(GateTest, AKeyNeedsNoPage) {
  HttpRequest request = with_key("rules");
  request.method = "DELETE";
  request.origin = "http://other";
  EXPECT_EQ(refusal(request), "");
}

TEST_F(GateTest, NobodySignsInFromAnotherPage) {
  HttpRequest request = request_to("h:8080", "POST");
  EXPECT_FALSE(gate_->refused_to_sign_in(request));  // No browser.
  request.origin = "http://h:8080";
  EXPECT_FALSE(gate_->refused_to_sign_in(request));
  request.origin = "http://other";
  EXPECT_EQ(told(gate_->refused_to_sign_in(request)), "403 other_origin");
}

// DNS rebinding: to the browser the page of evil.example is one of ours.
TEST_F(GateTest, ANameThatIsNotOursGetsNoSessionOnceNamesAreSaid) {
  make({.hosts = {"events.example.com"}});
  for (const char* host : {"events.example.com", "EVENTS.example.com:8443", "localhost:8080",
                           "127.0.0.1:8080", "10.0.0.7", "[::1]:8080", "[2001:db8::1]"}) {
    EXPECT_EQ(refusal(with_cookie("GET", host)), "") << host;
    EXPECT_FALSE(gate_->refused_to_sign_in(request_to(host, "POST"))) << host;
  }
  for (const char* host : {"evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
                           "events.example.com.evil.example", "", "1.2.3"}) {
    HttpRequest login = request_to(host, "POST");
    login.origin = std::string("http://") + host;
    login.sec_fetch_site = "same-origin";
    EXPECT_EQ(told(gate_->refused_to_sign_in(login)), "403 unknown_host") << host;
    EXPECT_EQ(refusal(with_cookie("GET", host)), "403 unknown_host") << host;
  }
  HttpRequest by_key = with_key("reads");
  by_key.host = "evil.example";
  EXPECT_EQ(refusal(by_key), "");
}

TEST_F(GateTest, AServerForDevelopmentLetsInWhoIsHere) {
  make({.is_dev = true});
  for (const char* host : {"localhost", "localhost:8080", "LocalHost:1", "127.0.0.1:8080",
                           "127.9.9.9", "[::1]:8080"}) {
    EXPECT_FALSE(gate_->refused_at_all(request_to(host))) << host;
    EXPECT_EQ(caller(request_to(host)).rights, kAll);
    EXPECT_EQ(caller(request_to(host, "POST")).known, Known::kByBeingHere);
  }
  for (const char* host : {"evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
                           "10.0.0.7:8080", "0.0.0.0:8080", "[2001:db8::1]", "", "localhost."}) {
    EXPECT_EQ(told(gate_->refused_at_all(request_to(host))), "403 dev_host") << host;
  }
  HttpRequest forwarded = request_to("localhost");
  forwarded.is_forwarded = true;
  EXPECT_EQ(told(gate_->refused_at_all(forwarded)), "403 dev_forwarded");
}

TEST_F(GateTest, AServerForDevelopmentTakesNoChangesFromOtherPages) {
  make({.is_dev = true});
  HttpRequest request = request_to("localhost:8080", "POST");
  request.origin = "http://localhost:8080";
  EXPECT_EQ(refusal(request), "");
  request.origin = "http://localhost:3000";
  EXPECT_EQ(refusal(request), "403 other_origin");
  request.method = "GET";
  EXPECT_EQ(refusal(request), "");
}

TEST_F(GateTest, OtherServersAreReachedByAnyNameAndThroughProxies) {
  HttpRequest request = request_to("evil.example");
  request.is_forwarded = true;
  EXPECT_FALSE(gate_->refused_at_all(request));
}

}  // namespace
}  // namespace hapax
