// SPDX-License-Identifier: Apache-2.0
#include "views/fields/path_set.hpp"
#include "testing/random_cases.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace hapax {
namespace {

/// A path of properties, extracted alone.
struct Extracted {
  Value value;
  std::uint8_t flags;
  std::unique_ptr<FieldValues> values;  // Holds the texts.
};

Extracted extract(std::string_view properties, std::string_view path) {
  PathSet paths;
  const FieldRef ref = paths.add(parse_field("properties." + std::string(path)).value());
  auto values = std::make_unique<FieldValues>();
  paths.extract({.properties = properties}, *values);
  const Value value = (*values)[ref.slot];
  const std::uint8_t flags = values->flags(ref.slot);
  return {.value = value, .flags = flags, .values = std::move(values)};
}

Value text(std::string_view text) {
  return text;
}

TEST(PathSetTest, GivesEachPathItsTypedValue) {
  constexpr std::string_view kProperties =
      R"({"plan":"pro","n":-1.5e2,"yes":true,"no":false,"none":null,"o":{"p":{"q":"deep"}},"l":[1]})";
  EXPECT_EQ(extract(kProperties, "plan").value, text("pro"));
  EXPECT_EQ(extract(kProperties, "n").value, Value(-150.0));
  EXPECT_EQ(extract(kProperties, "yes").value, Value(true));
  EXPECT_EQ(extract(kProperties, "no").value, Value(false));
  EXPECT_EQ(extract(kProperties, "o.p.q").value, text("deep"));
  for (const char* absent : {"none", "other", "plan.x", "o", "o.p", "l", "l.x", "pla", "plann"}) {
    EXPECT_EQ(extract(kProperties, absent).value, Value()) << absent;
  }
  EXPECT_EQ(extract(kProperties, "o").flags, kFieldNested);
  EXPECT_EQ(extract(kProperties, "l").flags, kFieldNested);
  EXPECT_EQ(extract(kProperties, "none").flags, 0);
}

TEST(PathSetTest, TakesWhiteSpaceAndEscapesAsTheyAreMeant) {
  EXPECT_EQ(extract("{ \"a\" :\n \"x\\\"y\\u00e9\\n\" , \"b\" : 1 }", "a").value, text("x\"yé\n"));
  EXPECT_EQ(extract("{ \"a\" :\n \"x\" , \"b\" : 1 \n}", "b").value, Value(1.0));
  EXPECT_EQ(extract(R"({"pl\u0061n":"a\\","b":"\u00e9"})", "plan").value, text("a\\"));
  EXPECT_EQ(extract(R"({"a.b":"dot","a":{"b":"path"}})", "\"a.b\"").value, text("dot"));
  EXPECT_EQ(extract(R"({"a.b":"dot","a":{"b":"path"}})", "a.b").value, text("path"));
  EXPECT_EQ(extract(R"({"":"empty"})", "\"\"").value, text("empty"));
  EXPECT_EQ(extract(R"({"a":""})", "a").value, text(""));
}

TEST(PathSetTest, TheLastOfTwoEqualKeysCountsWithAllThatIsInIt) {
  EXPECT_EQ(extract(R"({"a":1,"b":{"a":5},"a":2})", "a").value, Value(2.0));
  EXPECT_EQ(extract(R"({"a":1,"\u0061":2})", "a").value, Value(2.0));
  EXPECT_EQ(extract(R"({"a":1,"a":null})", "a").value, Value());
  EXPECT_EQ(extract(R"({"a":{"x":1},"a":{"y":2}})", "a.x").value, Value());
  EXPECT_EQ(extract(R"({"a":{"x":1},"a":3})", "a.x").value, Value());
  EXPECT_EQ(extract(R"({"a":{"x":1},"a":3})", "a").value, Value(3.0));
  EXPECT_EQ(extract(R"({"a":9007199254740993,"a":3})", "a").flags, 0);
}

TEST(PathSetTest, FlagsNumbersThatADoubleDoesNotHold) {
  const std::tuple<const char*, Value, int> cases[] = {
      {"9007199254740992", 9007199254740992.0, 0},
      {"9007199254740993", 9007199254740992.0, kFieldRounded},
      {"-9007199254740992", -9007199254740992.0, 0},
      {"-9007199254740993", -9007199254740992.0, kFieldRounded},
      {"123456789012345678901234567890", 123456789012345678901234567890.0, kFieldRounded},
      {"0.1", 0.1, 0},
      {"1e300", 1e300, 0},
      {"1e400", Value(), kFieldTooLarge},
      {"-1e400", Value(), kFieldTooLarge},
      {"1e-400", 0.0, 0},
      {"999999999999999", 999999999999999.0, 0},
      {"1000000000000000", 1e15, 0}};
  for (const auto& [number, value, flags] : cases) {
    const auto found = extract(R"({"n":)" + std::string(number) + "}", "n");
    EXPECT_EQ(found.value, value) << number;
    EXPECT_EQ(found.flags, flags) << number;
  }
  for (const char* zero : {"-0", "-0.0", "-0e5", "-1e-400"}) {
    const auto found = extract(R"({"n":)" + std::string(zero) + "}", "n");
    EXPECT_FALSE(std::signbit(std::get<double>(found.value))) << zero;
  }
}

TEST(PathSetTest, EqualFieldsShareASlotAndEventsShareNothing) {
  PathSet paths;
  const auto add = [&](const char* field) { return paths.add(parse_field(field).value()); };
  const FieldRef plan = add("properties.plan");
  const FieldRef page = add("context.page.path");
  const FieldRef of_context = add("context.plan");
  const FieldRef email = add("traits.email");
  EXPECT_EQ(add("properties.\"plan\"").slot, plan.slot);
  EXPECT_EQ(add("source").kind, FieldKind::kSource);
  EXPECT_EQ(paths.size(), 4U);

  FieldValues values;
  const EventView event{.source = "web",
                        .type = EventType::kPage,
                        .anonymous_id = "device",
                        .properties = R"({"plan":"pro"})",
                        .context = R"({"page":{"path":"/a"},"plan":"x"})",
                        .traits = R"({"email":"e\u0040x"})"};
  paths.extract(event, values);
  EXPECT_EQ(value_of(plan, event, values), text("pro"));
  EXPECT_EQ(value_of(page, event, values), text("/a"));
  EXPECT_EQ(value_of(of_context, event, values), text("x"));
  EXPECT_EQ(value_of(email, event, values), text("e@x"));
  EXPECT_EQ(value_of(add("source"), event, values), text("web"));
  EXPECT_EQ(value_of(add("type"), event, values), text("page"));
  EXPECT_EQ(value_of(add("user"), event, values), text("device"));
  EXPECT_EQ(value_of(add("user_id"), event, values), Value());

  paths.extract({.properties = "", .context = "{}"}, values);
  for (std::size_t slot = 0; slot < paths.size(); ++slot) {
    EXPECT_EQ(values[slot], Value());
  }
}

TEST(PathSetTest, DamagedJsonHasAbsentFieldsAndHarmsNothing) {
  const std::string whole = R"({"a":"x\n","b":{"c":[1,{"d":2}]},"e":true})";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    for (const char* end : {"", "}", "]", "\"", ":", ",", "\\", "{"}) {
      EXPECT_EQ(extract(whole.substr(0, cut) + end, "z").value, Value());
      (void)extract(whole.substr(0, cut) + end, "b.c");
    }
  }
  EXPECT_EQ(extract("[1,2]", "a").value, Value());
  EXPECT_EQ(extract("\xff\xfe{\"a\":1}", "a").value, Value());
}

class RandomJson {
 public:
  explicit RandomJson(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::string key() {
    constexpr const char* kKeys[] = {"a", "b", "c", "\\u0061", "a.b", "aa", "\\\"", "", "é"};
    return std::string("\"").append(kKeys[below(std::size(kKeys))]).append("\"");
  }
  std::string space() { return below(4) == 0 ? " \n" : ""; }

  std::string value(int depth) {
    constexpr const char* kScalars[] = {"null",
                                        "true",
                                        "false",
                                        "0",
                                        "-12.5",
                                        "1e9",
                                        "3000000000000000000",
                                        "\"\"",
                                        "\"x\"",
                                        "\"{[\\\"}]\"",
                                        "\"\\u00e9\\ud83d\\ude00\\/\"",
                                        "\"é,:\""};
    const std::size_t kind = below(depth > 0 ? 6 : 4);
    if (kind < 4) {
      return kScalars[below(std::size(kScalars))];
    }
    return kind == 4 ? object(depth - 1) : array(depth - 1);
  }

  std::string object(int depth) {
    std::string json("{");
    json += space();
    for (std::size_t left = below(6); left > 0; --left) {
      json += key() + space() + ":" + space() + value(depth) + space() + (left > 1 ? "," : "");
    }
    return json + "}" + space();
  }

 private:
  std::string array(int depth) {
    std::string json("[");
    json += space();
    for (std::size_t left = below(4); left > 0; --left) {
      json += value(depth) + (left > 1 ? "," : "");
    }
    return json + "]";
  }

  std::mt19937_64 random_;
};

/// What the reference says of a path.
Value expected(const nlohmann::json& root, const std::vector<std::string>& path,
               std::string& memory) {
  const nlohmann::json* at = &root;
  for (const std::string& name : path) {
    if (!at->is_object() || !at->contains(name)) {
      return {};
    }
    at = &(*at)[name];
  }
  if (at->is_string()) {
    memory = at->get<std::string>();
    return std::string_view(memory);
  }
  if (at->is_number()) {
    return at->get<double>();
  }
  return at->is_boolean() ? Value(at->get<bool>()) : Value();
}

TEST(PathSetTest, AgreesWithTheReferenceOnRandomJson) {
  RandomJson random(1);
  PathSet paths;
  std::vector<std::pair<Field, FieldRef>> fields;
  for (const char* root : {"properties", "context", "traits"}) {
    for (const char* path :
         {".a", ".b", ".a.b", ".a.b.c", ".\"a.b\"", ".c.\"\"", ".\"\\\"\"", ".é.a", ".aa.c"}) {
      const Field field = parse_field(std::string(root) + path).value();
      fields.emplace_back(field, paths.add(field));
    }
  }
  FieldValues values;
  int found = 0;
  const int rounds = random_cases(10'000);
  for (int round = 0; round < rounds; ++round) {
    std::map<FieldKind, std::string> texts;
    for (const FieldKind kind : {FieldKind::kProperties, FieldKind::kContext, FieldKind::kTraits}) {
      texts[kind] = random.below(8) == 0 ? "" : random.object(4);
    }
    paths.extract({.properties = texts[FieldKind::kProperties],
                   .context = texts[FieldKind::kContext],
                   .traits = texts[FieldKind::kTraits]},
                  values);
    std::map<FieldKind, nlohmann::json> parsed;
    for (const auto& [kind, json] : texts) {
      parsed[kind] = json.empty() ? nlohmann::json() : nlohmann::json::parse(json);
    }
    for (const auto& [field, ref] : fields) {
      std::string memory;
      const Value wanted = expected(parsed[field.kind], field.path, memory);
      ASSERT_EQ(values[ref.slot], wanted) << field_text(field) << ' ' << texts[field.kind];
      found += std::holds_alternative<std::monostate>(wanted) ? 0 : 1;
    }
  }
  EXPECT_GT(found, rounds);
}

}  // namespace
}  // namespace hapax
