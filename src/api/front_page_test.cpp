// SPDX-License-Identifier: Apache-2.0
#include "api/front_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hapax {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

HttpRequest request_for(const std::string& accept) {
  HttpRequest request;
  request.host = "h:1";
  request.accept = accept;
  return request;
}

TEST(FrontPageTest, ShowsABrowserWhatRunsAndHowToUseIt) {
  const auto page = front_page(request_for("text/html,application/json;q=0.9,*/*"), {"1.2+abc"});
  EXPECT_THAT(page.content_type, HasSubstr("text/html"));
  EXPECT_THAT(page.body, HasSubstr("1.2+abc"));
  EXPECT_THAT(page.body, HasSubstr("curl http://h:1/v1/track"));
  EXPECT_THAT(page.body, HasSubstr("curl http://h:1/api/views/events_per_minute"));
  EXPECT_THAT(page.body, HasSubstr("href=\"/api/audit\""));
  EXPECT_THAT(page.body, Not(HasSubstr("Bearer")));
}

TEST(FrontPageTest, LoadsNothingAndRunsNothing) {
  const auto page = front_page(request_for(""), {"1"});
  EXPECT_THAT(page.headers,
              Contains(Pair("Content-Security-Policy", HasSubstr("default-src 'none'"))));
  EXPECT_THAT(page.headers, Contains(Pair("X-Content-Type-Options", "nosniff")));
  for (const char* tag : {"<script", "<style", "<link", "<img", "style="}) {
    EXPECT_THAT(page.body, Not(HasSubstr(tag)));
  }
}

TEST(FrontPageTest, IsJsonForWhoAsksForThatAlone) {
  const auto page = front_page(request_for("application/json"), {"1.2", true});
  EXPECT_EQ(page.content_type, "application/json");
  const auto json = nlohmann::json::parse(page.body);
  EXPECT_EQ(json.at("version"), "1.2");
  EXPECT_THAT(json.at("read").get<std::string>(), HasSubstr("Bearer READ_KEY"));
  EXPECT_TRUE(json.at("routes").contains("/api/views"));
}

TEST(FrontPageTest, AHostIsNoMarkup) {
  auto request = request_for("");
  request.host = "\"><script>";
  EXPECT_THAT(front_page(request, {"1"}).body, Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace hapax
