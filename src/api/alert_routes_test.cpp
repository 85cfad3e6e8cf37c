// SPDX-License-Identifier: Apache-2.0
#include "api/alert_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <nlohmann/json.hpp>
#include <optional>

#include "testing/fake_alerts.hpp"
#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kRule = R"({"name":"Load","figure":"load","threshold":10,)"
                          R"("webhook":{"url":"https://hook/T0/secret"}})";

class AlertRoutesTest : public testing::Test {
 protected:
  HttpResponse list() {
    FakeResponder responder;
    routes_.list(responder.respond());
    return responder.wait();
  }
  HttpResponse read(const std::string& id) {
    FakeResponder responder;
    routes_.read(id, responder.respond());
    return responder.wait();
  }
  HttpResponse put(const std::string& id, const std::string& body,
                   const std::string& if_match = "") {
    HttpRequest request;
    request.body = body;
    request.if_match = if_match;
    FakeResponder responder;
    routes_.put(id, request, responder.respond());
    return responder.wait();
  }
  HttpResponse drop(const std::string& id) {
    FakeResponder responder;
    routes_.drop(id, {}, responder.respond());
    return responder.wait();
  }
  HttpResponse test(const std::string& id) {
    FakeResponder responder;
    routes_.test(id, responder.respond());
    return responder.wait();
  }

  FakeAlerts world_;
  TaskPool renderer_;
  AnswerBudget answers_{4U << 20U};
  Result<void> checked_;
  AlertRoutes routes_{{.alerts = *world_.alerts,
                       .check = [this](const AlertRule&) { return checked_; },
                       .renderer = renderer_,
                       .answers = answers_}};
};

TEST_F(AlertRoutesTest, OnlyWhoStoresARuleSeesItsSecrets) {
  const auto stored = put("load", kRule);
  EXPECT_EQ(stored.status, 201);
  const Json json = Json::parse(stored.body);
  EXPECT_EQ(json.at("webhook").at("url"), "https://hook/T0/secret");
  const std::string secret = json.at("webhook").at("secret");
  EXPECT_EQ(secret.size(), 32U);
  for (const std::string& shown : {list().body, read("load").body}) {
    EXPECT_THAT(shown, HasSubstr("https://hook/***"));
    EXPECT_THAT(shown, Not(HasSubstr("T0/secret")));
    EXPECT_THAT(shown, Not(HasSubstr(secret)));
  }
  const std::string revision = Json::parse(read("load").body).at("revision");
  EXPECT_EQ(put("load", read("load").body, "\"" + revision + "\"").status, 200);
  EXPECT_EQ(world_.alerts->rule_of("load")->webhook_secret, secret);
  EXPECT_EQ(put("load", kRule, "\"older\"").status, 412);
}

TEST_F(AlertRoutesTest, ShowsHowEachStands) {
  put("load", kRule);
  world_.notifier.error = Error{ErrorKind::kUnavailable, "it answered 503"};
  world_.look(11.5);
  const Json all = Json::parse(list().body);
  const Json& alert = all.at("alerts").at(0);
  EXPECT_EQ(alert.at("id"), "load");
  EXPECT_EQ(alert.at("status").at("state"), "firing");
  EXPECT_EQ(alert.at("status").at("value"), 11.5);
  EXPECT_TRUE(alert.at("status").at("firing_since").is_string());
  EXPECT_EQ(alert.at("deliveries").at(0).at("state"), "waiting");
  EXPECT_EQ(alert.at("deliveries").at(0).at("error"), "it answered 503");
  EXPECT_EQ(all.at("firings").at(0).at("alert"), "load");
  EXPECT_TRUE(all.at("firings").at(0).at("until").is_null());
  EXPECT_EQ(all.at("figures").at(0).at("name"), "load");
  EXPECT_EQ(all.at("can_mail"), true);
}

TEST_F(AlertRoutesTest, ATestSaysWhatCameOfIt) {
  put("load", kRule);
  EXPECT_EQ(Json::parse(test("load").body),
            Json::parse(R"({"deliveries":[{"channel":"webhook","delivered":true,"error":""}]})"));
  world_.notifier.error = Error{ErrorKind::kUnavailable, "it answered 404"};
  EXPECT_THAT(test("load").body, HasSubstr(R"("delivered":false,"error":"it answered 404")"));
  EXPECT_EQ(test("lod").status, 404);
  put("mute", R"({"name":"Mute","figure":"load","threshold":1})");
  EXPECT_EQ(test("mute").status, 409);
}

TEST_F(AlertRoutesTest, ATestThatFindsNoMemoryTakesNoPlaceForEver) {
  put("load", kRule);
  world_.notifier.before = [] { throw std::bad_alloc(); };
  for (std::size_t i = 0; i < AlertRoutes::kTestsMax; ++i) {
    EXPECT_THAT(test("load").body, HasSubstr("out_of_memory"));
  }
  world_.notifier.before = [] {};
  EXPECT_EQ(test("load").status, 200);
}

TEST_F(AlertRoutesTest, RefusesWhatCannotBeWatchedOrTold) {
  EXPECT_THAT(put("a", R"({"name":"A","figure":"speed","threshold":1})").body,
              HasSubstr("there is no figure \\\"speed\\\"; there are load"));
  checked_ = Error{ErrorKind::kInvalid, "the view has no measure"};
  EXPECT_EQ(put("a", R"({"name":"A","view":"v","measure":"m","threshold":1})").status, 400);
  EXPECT_EQ(put("a", kRule).status, 201) << "it is no view's";
  EXPECT_EQ(put("b", std::string((16U << 10U) + 1, ' ')).status, 413);
  EXPECT_EQ(drop("a").status, 200);
  EXPECT_EQ(drop("a").status, 404);
}

}  // namespace
}  // namespace hapax
