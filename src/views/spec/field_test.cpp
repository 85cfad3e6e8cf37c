// SPDX-License-Identifier: Apache-2.0
#include "views/spec/field.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(FieldTest, ReadsFieldsOfTheRecordByTheirNames) {
  for (const char* text :
       {"source", "type", "event", "user", "user_id", "anonymous_id", "session_id", "group_id",
        "category", "message_id", "key.events", "key.seconds", "key.bounced"}) {
    EXPECT_EQ(field_text(parse_field(text).value()), text);
  }
  EXPECT_EQ(field_text(parse_field(" name ").value()), "event");
  EXPECT_EQ(field_text(parse_field("device").value()), "anonymous_id");
  EXPECT_EQ(field_text(parse_field("session").value()), "session_id");
}

TEST(FieldTest, ReadsPathsAndQuotesWhereItMust) {
  const std::tuple<const char*, FieldKind, std::vector<std::string>, const char*> cases[] = {
      {"properties.plan", FieldKind::kProperties, {"plan"}, "properties.plan"},
      {"context.page.path", FieldKind::kContext, {"page", "path"}, "context.page.path"},
      {"traits.Plan Name", FieldKind::kTraits, {"Plan Name"}, "traits.Plan Name"},
      {R"(properties."plan")", FieldKind::kProperties, {"plan"}, "properties.plan"},
      {R"(properties."a.b".c)", FieldKind::kProperties, {"a.b", "c"}, R"(properties."a.b".c)"},
      {R"(properties."a\"b\\c")", FieldKind::kProperties, {R"(a"b\c)"}, R"(properties."a\"b\\c")"},
      {R"(properties."")", FieldKind::kProperties, {""}, R"(properties."")"},
      {R"(properties." a")", FieldKind::kProperties, {" a"}, R"(properties." a")"},
      {"properties.größe", FieldKind::kProperties, {"größe"}, "properties.größe"}};
  for (const auto& [text, kind, path, spelling] : cases) {
    const auto field = parse_field(text);
    ASSERT_TRUE(field.has_value()) << text;
    EXPECT_EQ(*field, (Field{.kind = kind, .path = path})) << text;
    EXPECT_EQ(field_text(*field), spelling);
    EXPECT_EQ(parse_field(spelling).value(), *field);
  }
}

TEST(FieldTest, RefusesWhatIsNoFieldAndSaysWhatIsMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"sourse", R"(there is no field "sourse"; did you mean "source"?)"},
      {"userid", R"(there is no field "userid"; did you mean "user_id"?)"},
      {"propertys.plan", R"(there is no field "propertys.plan"; did you mean "properties"?)"},
      {"properties",
       "\"properties\" is an object, not a value; name one of its fields, as "
       "properties.plan"},
      {"properties.items[0]",
       "\".items[0]\" is no path: elements of arrays have no path; name a "
       "field outside of an array"},
      {"properties..a", "\"..a\" is no path: a name is empty; an empty name is written \"\""},
      {"properties.\"a", "\".\"a\" is no path: a quote is not closed"},
      {"properties.\"a\"b", "\".\"a\"b\" is no path: a dot is missing"},
      {"properties.a .b",
       "\".a .b\" is no path: there is space around a name; quote it if it "
       "belongs to the name"}};
  for (const auto& [text, error] : cases) {
    const auto field = parse_field(text);
    ASSERT_FALSE(field.has_value()) << text;
    EXPECT_EQ(field.error().text(), error);
  }
  EXPECT_FALSE(parse_field(""));
  std::string deep = "properties";
  for (std::size_t i = 0; i <= Field::kPathNamesMax; ++i) {
    deep += ".a";
  }
  EXPECT_FALSE(parse_field(deep));
  EXPECT_TRUE(parse_field(deep.substr(0, deep.size() - 2)));
}

}  // namespace
}  // namespace hapax
