#include "collector/write_key.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

const WriteKeys kKeys{{"WK", "shop"}, {"OTHER", "blog"}};

std::string outcome(const KeyPlaces& places, const WriteKeys& keys) {
  const auto source = resolve_source(places, keys);
  if (const auto* refusal = std::get_if<Refusal>(&source)) {
    return std::to_string(refusal->status) + " " + std::string(refusal->code);
  }
  return std::get<std::string>(source);
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

TEST(WriteKeyTest, RefusesMissingUnknownAndDamagedKeys) {
  EXPECT_EQ(outcome({.authorization = {}, .body = {}, .query = {}}, kKeys),
            "401 missing_write_key");
  EXPECT_EQ(outcome({.authorization = {}, .body = "nope", .query = "WK"}, kKeys),
            "401 invalid_write_key");
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

}  // namespace
}  // namespace hapax
