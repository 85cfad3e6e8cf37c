// SPDX-License-Identifier: Apache-2.0
#include "declared_views.hpp"
#include "declared_catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(DeclaredViewsTest, AreThoseOfTheFileAndOfTheDefaults) {
  Settings settings;
  settings.default_views = "none";
  EXPECT_THAT(declared_views(settings, "hapax.toml", std::nullopt).value(), IsEmpty());
  settings.default_views = "events_per_day";
  const auto views = declared_views(settings, "hapax.toml",
                                    "[log]\npartitions = 2\n[[view]]\nname = \"mine\"\n"
                                    "measures = { n = \"count\" }\n[[view]]\nname = \"other\"\n"
                                    "measures = { n = \"count\" }\n")
                         .value();
  ASSERT_EQ(views.size(), 3U);
  EXPECT_EQ(views[1].spec.name, "other");
  EXPECT_EQ(views[1].origin, ViewOrigin::kFile);
  EXPECT_EQ(views[2].spec.name, "events_per_day");
  EXPECT_EQ(views[2].origin, ViewOrigin::kBuiltIn);
}

TEST(DeclaredViewsTest, WhatIsWrongSaysWhere) {
  const auto error_of = [](const std::string& text) {
    return declared_views({}, "my.toml", text).error().message;
  };
  EXPECT_THAT(error_of("[[view]]\nname = \"a\"\nmeasures = { n = \"uniques(usr)\" }"),
              HasSubstr("my.toml: view \"a\": measures.n"));
  Settings settings;
  settings.default_views = "survey_answer";
  EXPECT_THAT(declared_views(settings, "my.toml", std::nullopt).error().text(),
              HasSubstr("views.defaults: no view \"survey_answer\" is built in"));
}

TEST(DeclaredViewsTest, PeopleReadThoseThatAreCounted) {
  const auto views =
      declared_views({}, "my.toml",
                     "[[view]]\nname = \"orders\"\nmeasures = { n = \"count\" }\n[[view]]\n"
                     "name = \"devices\"\nper = \"device\"\nmeasures = { n = \"count\" }\n")
          .value();
  const ViewCatalog declared = with_declared({}, counted_by_cluster(views), {}).value();
  const auto chosen = [&](const std::string& setting) { return sql_views(setting, declared); };
  EXPECT_TRUE(chosen("none").value()->empty());
  EXPECT_FALSE(chosen("all").value()) << "those that are declared later, too";
  EXPECT_THAT(*chosen("orders, events_per_day").value(),
              testing::ElementsAre("orders", "events_per_day"));
  EXPECT_THAT(chosen("order").error().text(),
              HasSubstr("postgres.sql_views: no view \"order\" is counted by this cluster"));
  EXPECT_THAT(chosen("order").error().text(), HasSubstr("did you mean \"orders\"?"));
  EXPECT_FALSE(chosen("devices")) << "partitions do not count it alike";
}

}  // namespace
}  // namespace hapax
