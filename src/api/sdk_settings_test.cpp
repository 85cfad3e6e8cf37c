// SPDX-License-Identifier: Apache-2.0
#include "api/sdk_settings.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hapax {
namespace {

using Json = nlohmann::json;

Json segment_integration(const std::string& key, const HttpRequest& request) {
  const auto path = "/v1/projects/" + key + "/settings";
  EXPECT_TRUE(is_sdk_settings(path)) << path;
  const auto response = sdk_settings(path, request);
  EXPECT_EQ(response.status, 200);
  return Json::parse(response.body)["integrations"]["Segment.io"];
}

HttpRequest request_to(const std::string& host, const std::string& forwarded_proto = "") {
  HttpRequest request;
  request.host = host;
  request.forwarded_proto = forwarded_proto;
  return request;
}

TEST(SdkSettingsTest, KnowsItsPaths) {
  EXPECT_TRUE(is_sdk_settings("/sourceConfig"));
  EXPECT_TRUE(is_sdk_settings("/v1/projects/k/settings"));
  for (const char* path : {"/v1/projects/settings", "/v1/projects//settings", "/v1/projects/k",
                           "/v1/projects/a/b/settings", "/v1/settings", "/v1/projects/k/settings/x",
                           "/sourceconfig", ""}) {
    EXPECT_FALSE(is_sdk_settings(path)) << path;
  }
}

TEST(SdkSettingsTest, SendsTheBrowserWhereItAsked) {
  const auto here = segment_integration("WK", request_to("localhost:8080"));
  EXPECT_EQ(here, (Json{{"apiKey", "WK"}, {"apiHost", "localhost:8080/v1"}, {"protocol", "http"}}));
  for (const char* proto : {"https", "https, http", "https,http"}) {
    const auto proxied = segment_integration("WK", request_to("events.example.com", proto));
    EXPECT_EQ(proxied["apiHost"], "events.example.com/v1");
    EXPECT_EQ(proxied["protocol"], "https") << proto;
  }
  EXPECT_EQ(segment_integration("WK", request_to("h", "http"))["protocol"], "http");
}

TEST(SdkSettingsTest, KeepsWhatIsInAddressesFromBreakingTheJson) {
  EXPECT_EQ(segment_integration("a%22b+c%20d", request_to("h"))["apiKey"], "a\"b+c d");
  EXPECT_EQ(segment_integration("WK", request_to("h\"}\xff"))["apiHost"], "h\"}\xEF\xBF\xBD/v1");
}

TEST(SdkSettingsTest, WithoutAHostThereIsNothingToName) {
  EXPECT_EQ(sdk_settings("/v1/projects/WK/settings", {}).status, 400);
}

TEST(SdkSettingsTest, GivesRudderASourceWithoutDestinations) {
  const auto source = Json::parse(sdk_settings("/sourceConfig", {}).body)["source"];
  EXPECT_EQ(source["enabled"], true);
  EXPECT_TRUE(source["config"].is_object());
  EXPECT_TRUE(source["destinations"].is_array());
}

}  // namespace
}  // namespace hapax
