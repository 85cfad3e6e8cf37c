// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/catalog_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hapax {
namespace {

using testing::HasSubstr;

ViewSpec spec_of(const std::string& name, const std::string& measure = "count") {
  return parse_view_json(R"({"name":")" + name +
                         R"(","window":{"tumbling":"1h"},"measures":{"m":")" + measure + R"("}})")
      .value();
}

ProcessingTime at(std::int64_t hours) {
  return ProcessingTime(std::chrono::hours(hours));
}

DeclaredView of_file(const ViewSpec& spec) {
  return {.spec = spec, .origin = ViewOrigin::kFile};
}
DeclaredView built_in(const ViewSpec& spec) {
  return {.spec = spec, .origin = ViewOrigin::kBuiltIn};
}

ViewCatalog added(const std::vector<std::string>& names) {
  ViewCatalog catalog;
  for (const std::string& name : names) {
    catalog = with_added(catalog, spec_of(name)).value();
  }
  return catalog;
}

TEST(CatalogChangeTest, AViewIsAddedUnderTheNumberOfItsCatalog) {
  const ViewCatalog catalog = added({"b", "a"});
  EXPECT_EQ(catalog.number, 2U);
  ASSERT_EQ(catalog.views.size(), 2U);
  EXPECT_EQ(catalog.views[0].id, "a.2");
  EXPECT_EQ(catalog.views[1].id, "b.1");
  EXPECT_EQ(catalog.find("b")->origin, ViewOrigin::kApi);
}

TEST(CatalogChangeTest, AnEqualSpecChangesNothing) {
  const ViewCatalog catalog = added({"a"});
  const ViewSpec same =
      parse_view_json(R"({"measures":{"m":"count"},"window":{"tumbling":"60m"},"name":"a"})")
          .value();
  EXPECT_EQ(with_added(catalog, same).value(), catalog);
  EXPECT_EQ(with_changed(catalog, same).value(), catalog);
  const ViewCatalog declared = with_declared({}, {of_file(same)}, at(0)).value();
  EXPECT_EQ(with_declared(declared, {of_file(spec_of("a"))}, at(1)).value(), declared);
}

TEST(CatalogChangeTest, WhatIsRefusedOfANewSpecStaysWhenItIsThere) {
  const ViewSpec spec =
      parse_view_json(R"({"name":"a","where":{"event":""},"measures":{"m":"count"}})").value();
  const auto refused = with_added({}, spec);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("view \"a\": where: "));
  ViewCatalog stored;
  stored.views = {{.id = "a.1", .spec = spec, .origin = ViewOrigin::kFile}};
  EXPECT_EQ(with_declared(stored, {of_file(spec)}, at(0)).value(), stored);
  EXPECT_EQ(with_rebuilt(stored, "a").value().views.at(0).spec, spec);
}

TEST(CatalogChangeTest, AnotherSpecIsAnotherId) {
  const ViewCatalog catalog = added({"a"});
  const auto refused = with_added(catalog, spec_of("a", "uniques(user)"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().text(), HasSubstr("PUT /api/views/a"));
  const ViewCatalog changed = with_changed(catalog, spec_of("a", "uniques(user)")).value();
  EXPECT_EQ(changed.number, 2U);
  EXPECT_EQ(changed.find("a")->id, "a.2");
  EXPECT_EQ(remade_view(catalog, changed), "a");
  EXPECT_EQ(remade_view(catalog, catalog), std::nullopt);
}

TEST(CatalogChangeTest, ARebuildIsTheSameSpecUnderAnotherId) {
  const ViewCatalog catalog = added({"a"});
  const ViewCatalog rebuilt = with_rebuilt(catalog, "a").value();
  EXPECT_EQ(rebuilt.find("a")->id, "a.2");
  EXPECT_EQ(rebuilt.find("a")->spec, catalog.find("a")->spec);
  EXPECT_FALSE(with_rebuilt(catalog, "b"));
}

TEST(CatalogChangeTest, ADroppedViewIsGone) {
  const ViewCatalog catalog = added({"a", "b"});
  const ViewCatalog dropped = with_dropped(catalog, "a").value();
  EXPECT_EQ(dropped.find("a"), nullptr);
  EXPECT_NE(dropped.find("b"), nullptr);
  EXPECT_FALSE(with_dropped(dropped, "a"));
}

TEST(CatalogChangeTest, WhatIsDeclaredElsewhereIsNotChangedByTheApi) {
  const ViewCatalog catalog =
      with_declared({}, {of_file(spec_of("f")), built_in(spec_of("d"))}, at(0)).value();
  for (const auto& [name, hint] : {std::pair("f", "change it there"), {"d", "views.defaults"}}) {
    const ViewSpec other = spec_of(name, "uniques(user)");
    for (const auto& refused :
         {with_added(catalog, other), with_changed(catalog, other), with_dropped(catalog, name)}) {
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
      EXPECT_THAT(refused.error().hint, HasSubstr(hint));
    }
    EXPECT_EQ(with_rebuilt(catalog, name).value().find(name)->origin, catalog.find(name)->origin);
  }
}

TEST(CatalogChangeTest, WhatIsNoLongerInTheFileIsKeptForAWeek) {
  const ViewCatalog catalog = with_declared(added({"a"}), {of_file(spec_of("f"))}, at(0)).value();
  const ViewCatalog retired = with_declared(catalog, {}, at(10)).value();
  EXPECT_EQ(retired.number, catalog.number + 1);
  EXPECT_EQ(retired.find("f")->retired_at, at(10));
  EXPECT_EQ(retired.find("f")->id, catalog.find("f")->id);
  EXPECT_EQ(retired.find("a")->retired_at, std::nullopt);
  EXPECT_EQ(with_declared(retired, {}, at(20)).value(), retired);
  EXPECT_EQ(without_expired(retired, at(10 + 7 * 24) - Microseconds(1)), retired);
  const ViewCatalog over = without_expired(retired, at(10 + 7 * 24));
  EXPECT_EQ(over.number, retired.number + 1);
  EXPECT_EQ(over.find("f"), nullptr);
  EXPECT_NE(over.find("a"), nullptr);
}

TEST(CatalogChangeTest, TakenInAgainItIsAsBefore) {
  const ViewCatalog catalog = with_declared({}, {of_file(spec_of("f"))}, at(0)).value();
  const ViewCatalog retired = with_declared(catalog, {}, at(10)).value();
  const ViewCatalog again = with_declared(retired, {of_file(spec_of("f"))}, at(20)).value();
  EXPECT_EQ(again.views, catalog.views);
  const ViewCatalog by_api = with_added(retired, spec_of("f")).value();
  EXPECT_EQ(by_api.find("f")->id, "f.1");
  EXPECT_EQ(by_api.find("f")->origin, ViewOrigin::kApi);
  const ViewCatalog other = with_added(retired, spec_of("f", "uniques(user)")).value();
  EXPECT_EQ(other.find("f")->id, "f.3");
  EXPECT_FALSE(with_rebuilt(retired, "f"));
}

TEST(CatalogChangeTest, TheFileBeatsTheApiWhichBeatsWhatIsBuiltIn) {
  const ViewSpec other = spec_of("a", "uniques(user)");
  const ViewCatalog catalog = added({"a"});
  EXPECT_EQ(with_declared(catalog, {built_in(other)}, at(0)).value(), catalog);
  const ViewCatalog filed =
      with_declared(catalog, {built_in(spec_of("a")), of_file(other)}, at(0)).value();
  EXPECT_EQ(filed.find("a")->origin, ViewOrigin::kFile);
  EXPECT_EQ(filed.find("a")->spec, other);
  EXPECT_EQ(with_declared(catalog, {of_file(spec_of("a"))}, at(0)).value().find("a")->id, "a.1");
}

TEST(CatalogChangeTest, ThereAreLimits) {
  std::string in;
  for (int i = 0; i < 17; ++i) {
    in += (i > 0 ? ",\"" : "\"") + std::string(1'000, static_cast<char>('a' + i)) + "\"";
  }
  const auto long_one =
      parse_view_json(R"({"name":"a","measures":{"m":"count"},"where":{"event":[)" + in + "]}}");
  ASSERT_TRUE(long_one) << long_one.error().text();
  EXPECT_THAT(with_added({}, *long_one).error().message, HasSubstr("16384"));
  ViewCatalog full;
  for (std::size_t i = 0; i < kViewsMax; ++i) {
    full = with_added(full, spec_of(std::string("v").append(std::to_string(i)))).value();
  }
  EXPECT_THAT(with_added(full, spec_of("one_more")).error().message, HasSubstr("100 views"));
  EXPECT_TRUE(with_changed(full, spec_of("v7", "uniques(user)")));
  EXPECT_TRUE(with_declared(full, {built_in(spec_of("new_here"))}, at(0)))
      << "a version that has one more must start";
}

}  // namespace
}  // namespace hapax
