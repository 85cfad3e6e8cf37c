// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/default_views.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "views/catalog/catalog_change.hpp"
#include "views/spec/partitions.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

TEST(DefaultViewsTest, EachCanBeCounted) {
  const auto views = default_views("all");
  ASSERT_TRUE(views) << views.error().text();
  EXPECT_EQ(views->size(), 16U);
  for (const ViewSpec& spec : *views) {
    const auto catalog = with_added({}, spec);
    EXPECT_TRUE(catalog) << catalog.error().text();
    // Whoever was seen once is never new again; late events find their minute for ever.
    const bool is_for_ever = spec.name == "new_users_per_day" || spec.name == "events_per_minute";
    EXPECT_NE(spec.keep.has_value(), is_for_ever) << spec.name;
  }
}

TEST(DefaultViewsTest, AreForManyMachinesToo) {
  const auto all = default_views("all").value();
  for (const ViewSpec& spec : all) {
    EXPECT_TRUE(counts_alike_in_partitions(spec)) << spec.name;
  }
}

TEST(DefaultViewsTest, AreChosenByName) {
  EXPECT_TRUE(default_views("none").value().empty());
  EXPECT_TRUE(default_views("").value().empty());
  const auto chosen = default_views("survey_answers, events_per_day,").value();
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[0].name, "survey_answers");
  EXPECT_EQ(chosen[1].name, "events_per_day");
  EXPECT_THAT(default_views("event_per_day").error().text(),
              HasSubstr("did you mean \"events_per_day\"?"));
}

}  // namespace
}  // namespace hapax
