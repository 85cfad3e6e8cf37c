// SPDX-License-Identifier: Apache-2.0
#include "audit_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hapax {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

Json sound_collector() {
  return Json::parse(R"({"collector":"00000000000000ab","state":"gone","lives":1,"equal":true,
    "acknowledged":70,"arrived":72,"unknown":{"present":2,"absent":3,"open":4},"unreported":5,
    "behind":6})");
}

Json sound() {
  Json json = Json::parse(R"({"balanced":true,
    "equations":[{"equation":"counted = unique","holds":true}],
    "sources":[{"source":"web","received":10,"rejected":1,"unique":7,"duplicate":2,"counted":7}],
    "partitions":[{"processed":8,"end":9},{"processed":1,"end":2}]})");
  json["collectors"] = Json::array({sound_collector()});
  return json;
}

AuditText read(const Json& json) {
  return audit_text(json.dump()).value();
}

TEST(AuditTextTest, ShowsBooksEquationsAndCollectors) {
  const AuditText books = read(sound());
  EXPECT_TRUE(books.all_holds);
  EXPECT_THAT(books.text, HasSubstr("web                                10            1"));
  EXPECT_THAT(books.text, HasSubstr("2 partitions, counted up to 9 of 11"));
  EXPECT_THAT(books.text, HasSubstr("00000000000000ab   gone   yes"));
  EXPECT_THAT(books.text, HasSubstr("yes   counted = unique"));
  EXPECT_THAT(books.text, HasSubstr("All holds."));
}

TEST(AuditTextTest, AnEquationThatDoesNotHoldIsShownWithItsPlace) {
  Json json = sound();
  json["equations"].push_back(
      {{"equation", "unique = on time + late"}, {"holds", false}, {"where", "web: 7 != 6"}});
  const AuditText books = read(json);
  EXPECT_FALSE(books.all_holds) << "whatever `balanced` says";
  EXPECT_THAT(books.text, HasSubstr("NO    unique = on time + late [web: 7 != 6]"));
  EXPECT_THAT(books.text, Not(HasSubstr("All holds")));
}

TEST(AuditTextTest, ItDoesNotHoldWhenTheServerSaysSo) {
  Json json = sound();
  json["balanced"] = false;
  EXPECT_FALSE(read(json).all_holds);
}

TEST(AuditTextTest, ACollectorThatIsNotEqualDoesNotHold) {
  Json json = sound();
  json["collectors"][0]["equal"] = false;
  EXPECT_FALSE(read(json).all_holds);
}

TEST(AuditTextTest, NothingThatIsCheckedHoldsNothing) {
  Json json = sound();
  json["equations"] = Json::array();
  EXPECT_FALSE(read(json).all_holds);
}

TEST(AuditTextTest, LivesThatAreSummedUpAreCounted) {
  Json json = sound();
  json["collectors"][0]["collector"] = nullptr;
  json["collectors"][0]["state"] = "left";
  json["collectors"][0]["lives"] = 12;
  EXPECT_THAT(read(json).text, HasSubstr("12 that left"));
}

TEST(AuditTextTest, OneMachineHasNoCollectors) {
  Json json = sound();
  json.erase("collectors");
  EXPECT_TRUE(read(json).all_holds);
  EXPECT_THAT(read(json).text, Not(HasSubstr("COLLECTOR")));
}

TEST(AuditTextTest, AnotherAnswerIsRefused) {
  for (const char* other : {"", "{}", "[]", R"({"balanced":true})", "<html>"}) {
    EXPECT_EQ(audit_text(other).error().kind, ErrorKind::kUnavailable) << other;
  }
}

}  // namespace
}  // namespace hapax
