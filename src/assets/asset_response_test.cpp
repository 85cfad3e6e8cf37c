// SPDX-License-Identifier: Apache-2.0
#include "assets/asset_response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace hapax {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

constexpr Asset kPage{.path = "/",
                      .content_type = "text/html; charset=utf-8",
                      .etag = "t1",
                      .plain = "page",
                      .gzip = "g",
                      .brotli = "b"};
constexpr Asset kScript{.path = "/assets/a-1.js",
                        .content_type = "text/javascript",
                        .etag = "t2",
                        .immutable = true,
                        .plain = "script"};
constexpr Asset kSdk{.path = "/sdk.js", .etag = "t3", .is_shared = true, .plain = "sdk"};

HttpRequest accepting(const std::string& codings, const std::string& known_tag = "") {
  HttpRequest request;
  request.accept_encoding = codings;
  request.if_none_match = known_tag;
  return request;
}

std::string body_for(const std::string& codings) {
  return asset_response(accepting(codings), kPage).body;
}

TEST(AssetTest, IsFoundByItsWholePath) {
  const std::array<Asset, 2> assets{kPage, kScript};
  EXPECT_EQ(find_asset(assets, "/assets/a-1.js")->plain, "script");
  EXPECT_EQ(find_asset(assets, "/")->plain, "page");
  EXPECT_EQ(find_asset(assets, "/assets/a-1.j"), nullptr);
  EXPECT_EQ(find_asset({}, "/"), nullptr);
}

TEST(AssetResponseTest, IsTheSmallestFormThatTheClientTakes) {
  EXPECT_EQ(body_for("gzip, deflate, br"), "b");
  EXPECT_EQ(body_for("gzip, deflate"), "g");
  EXPECT_EQ(body_for("GZIP;q=0.5"), "g");
  EXPECT_EQ(body_for("*"), "b");
  EXPECT_EQ(body_for("br;q=0, *"), "g");
  EXPECT_EQ(body_for("br; q=0.000, gzip;q=0"), "page");
  EXPECT_EQ(body_for(""), "page");
  EXPECT_EQ(body_for("identity"), "page");
  EXPECT_EQ(body_for("brown, x-gzip-not"), "page");
}

TEST(AssetResponseTest, NamesTheFormAndThatCachesMustKeepItApart) {
  const auto compressed = asset_response(accepting("br"), kPage);
  EXPECT_THAT(compressed.headers, Contains(Pair("Content-Encoding", "br")));
  EXPECT_THAT(compressed.headers, Contains(Pair("Vary", HasSubstr("Accept-Encoding"))));
  EXPECT_THAT(asset_response(accepting(""), kPage).headers, Not(Contains(Key("Content-Encoding"))));
}

TEST(AssetResponseTest, WhoHasTheSameFormGetsNoBody) {
  const auto same = asset_response(accepting("br", "W/\"x\", \"t1-br\""), kPage);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_THAT(same.headers, Contains(Pair("ETag", "\"t1-br\"")));
  EXPECT_EQ(asset_response(accepting("br", "\"t1-gzip\""), kPage).status, 200);
  EXPECT_EQ(asset_response(accepting("", "\"t1-br\""), kPage).status, 200);
  EXPECT_EQ(asset_response(accepting("", "\"t2\""), kPage).status, 200);
}

TEST(AssetResponseTest, OnlyWhatNeverChangesIsKeptUnasked) {
  EXPECT_THAT(asset_response({}, kPage).headers, Contains(Pair("Cache-Control", "no-cache")));
  EXPECT_THAT(asset_response({}, kScript).headers,
              Contains(Pair("Cache-Control", HasSubstr("immutable"))));
}

TEST(AssetResponseTest, NothingFromElsewhereNothingInlineNoFrames) {
  for (const Asset& asset : {kPage, kScript, kSdk}) {
    const auto headers = asset_response({}, asset).headers;
    EXPECT_THAT(headers, Contains(Pair(
                             "Content-Security-Policy",
                             AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"),
                                   HasSubstr("style-src 'self';"), HasSubstr("connect-src 'self';"),
                                   HasSubstr("frame-ancestors 'none'"), Not(HasSubstr("unsafe")),
                                   Not(HasSubstr("http"))))));
    EXPECT_THAT(headers, Contains(Pair("X-Content-Type-Options", "nosniff")));
    EXPECT_THAT(headers, Contains(Pair("X-Frame-Options", "DENY")));
  }
}

TEST(AssetResponseTest, PagesOfOtherOriginsMayUseTheSdkAndNothingElse) {
  EXPECT_THAT(asset_response({}, kSdk).headers, Contains(Pair("Access-Control-Allow-Origin", "*")));
  EXPECT_THAT(asset_response({}, kPage).headers, Not(Contains(Key("Access-Control-Allow-Origin"))));
  EXPECT_THAT(asset_response({}, kScript).headers,
              Contains(Pair("Cross-Origin-Resource-Policy", "same-origin")));
}

}  // namespace
}  // namespace hapax
