// SPDX-License-Identifier: Apache-2.0
#include "collector/write_key.hpp"

#include <gtest/gtest.h>

#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

const Sources::WriteKeys kKeys{{"WK", "shop"}, {"OTHER", "blog"}};

/// Where a request may have its write key.
struct KeyPlaces {
  std::string authorization;
  std::optional<std::string> body;
  std::string query;
  std::string header = {};
};

std::string text(const Refusal& refusal) {
  return std::to_string(refusal.status) + " " + std::string(refusal.code);
}

std::string outcome(const KeyPlaces& places, Sources& sources) {
  const auto head = sources.check_head(places.authorization, places.header, places.query);
  if (const auto* refusal = std::get_if<Refusal>(&head)) {
    return text(*refusal);
  }
  const auto source = sources.find(std::get<HeadKey>(head), places.body);
  const auto* refusal = std::get_if<Refusal>(&source);
  return refusal != nullptr ? text(*refusal) : std::string(std::get<std::string_view>(source));
}

std::string outcome(const KeyPlaces& places, const Sources::WriteKeys& keys) {
  SeededRandom random(1);
  Sources sources(keys, 10, random);
  return outcome(places, sources);
}

TEST(WriteKeyTest, ReadsBasicWithAndWithoutColonAndPadding) {
  for (const char* header : {"Basic V0s6", "Basic V0s=", "Basic V0s", "basic V0s6", "BASIC  V0s6 ",
                             "Basic V0s6c2VjcmV0"}) {
    EXPECT_EQ(outcome({.authorization = header, .body = {}, .query = {}}, kKeys), "shop") << header;
  }
}

TEST(WriteKeyTest, TakesHeaderBeforeBodyBeforeQuery) {
  EXPECT_EQ(outcome({.authorization = "Basic V0s6", .body = "OTHER", .query = "x"}, kKeys), "shop");
  EXPECT_EQ(outcome({.authorization = {}, .body = "OTHER", .query = "WK"}, kKeys), "blog");
  EXPECT_EQ(outcome({.authorization = {}, .body = "", .query = "WK"}, kKeys), "shop");
  EXPECT_EQ(outcome({.authorization = "Basic Og==", .body = "OTHER", .query = {}}, kKeys), "blog");
  EXPECT_EQ(outcome({.authorization = "Bearer abc", .body = "OTHER", .query = {}}, kKeys), "blog");
}

TEST(WriteKeyTest, TakesAHeaderOfItsOwnBeforeARedactedBody) {
  for (const char* header : {"WK", "WK:secret", "WK:"}) {
    EXPECT_EQ(outcome({{}, "WK:***", "OTHER", header}, kKeys), "shop") << header;
  }
  EXPECT_EQ(outcome({"Basic V0s6", "OTHER", {}, "OTHER:secret"}, kKeys), "shop");
  EXPECT_EQ(outcome({{}, "OTHER", {}, ":secret"}, kKeys), "blog");
  EXPECT_EQ(outcome({{}, "WK", {}, "nope:secret"}, kKeys), "401 invalid_write_key");
}

TEST(WriteKeyTest, RefusesMissingUnknownAndDamagedKeys) {
  EXPECT_EQ(outcome({.authorization = {}, .body = {}, .query = {}}, kKeys),
            "401 missing_write_key");
  for (const char* key : {"nope", "WK2", "W", "wk"}) {
    EXPECT_EQ(outcome({.authorization = {}, .body = key, .query = "WK"}, kKeys),
              "401 invalid_write_key");
    EXPECT_EQ(outcome({.authorization = {}, .body = {}, .query = key}, kKeys),
              "401 invalid_write_key");
  }
  EXPECT_EQ(outcome({.authorization = "Basic %%%", .body = "WK", .query = {}}, kKeys),
            "401 invalid_write_key");
}

TEST(WriteKeyTest, NamesTheSourceWhenNoKeysAreConfigured) {
  EXPECT_EQ(outcome({.authorization = "Basic V0s6", .body = {}, .query = {}}, {}), "WK");
  EXPECT_EQ(outcome({.authorization = {}, .body = {}, .query = {}}, {}), "default");
  EXPECT_EQ(outcome({.authorization = {}, .body = {}, .query = std::string(200, 'k')}, {}),
            std::string(200, 'k'));
}

TEST(WriteKeyTest, RefusesKeysThatMakeNoSourceName) {
  for (const std::string& key : {std::string(201, 'k'), std::string("a\nb"), std::string("\x7f"),
                                 std::string("\xc3\xa9"), std::string(1, '\0')}) {
    EXPECT_EQ(outcome({.authorization = {}, .body = key, .query = {}}, {}),
              "401 invalid_write_key");
  }
  EXPECT_EQ(outcome({.authorization = "Basic !", .body = "WK", .query = {}}, {}),
            "401 invalid_write_key");
}

TEST(WriteKeyTest, RefusesAWrongKeyOfTheHeadWithoutTheBody) {
  SeededRandom random(1);
  const Sources sources(kKeys, 10, random);
  for (const auto& [authorization, query] :
       {std::pair("Basic bm9wZTo=", ""), std::pair("Basic %", ""), std::pair("", "nope")}) {
    const auto head = sources.check_head(authorization, "", query);
    ASSERT_TRUE(std::holds_alternative<Refusal>(head)) << authorization;
    EXPECT_EQ(text(std::get<Refusal>(head)), "401 invalid_write_key");
  }
}

TEST(WriteKeyTest, OpensNoMoreSourcesThanTheLimit) {
  SeededRandom random(1);
  Sources sources({}, 2, random);
  const auto source_of = [&sources](const std::string& key) {
    return outcome({.authorization = {}, .body = key, .query = {}}, sources);
  };
  EXPECT_EQ(source_of("a"), "a");
  EXPECT_EQ(source_of("a b\n"), "401 invalid_write_key");
  EXPECT_EQ(source_of(""), "default");
  EXPECT_EQ(source_of("c"), "401 too_many_sources");
  EXPECT_EQ(source_of("a"), "a");
  EXPECT_EQ(source_of("default"), "default");
}

}  // namespace
}  // namespace hapax
