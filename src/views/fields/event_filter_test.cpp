// SPDX-License-Identifier: Apache-2.0
#include "views/fields/event_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "views/spec/never_true.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {
namespace {

Condition condition(const std::string& where) {
  const auto spec =
      parse_view_json(R"({"name":"v","measures":{"n":"count"},"where":)" + where + "}");
  EXPECT_TRUE(spec.has_value()) << where << (spec ? "" : spec.error().text());
  return spec->where;
}

struct Seen {
  bool accepted;
  std::uint32_t mismatches;
  friend bool operator==(const Seen&, const Seen&) = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << seen.accepted << " with mismatches: " << seen.mismatches;
}
constexpr Seen kTrue{true, 0};
constexpr Seen kFalse{false, 0};
constexpr Seen kMismatch{false, 1};

Seen seen(const std::string& where, const EventView& event) {
  PathSet paths;
  const EventFilter filter(condition(where), paths);
  FieldValues values;
  paths.extract(event, values);
  const auto answer = filter.accepts(event, values);
  return {answer.accepted, answer.kind_mismatches};
}

/// What `test` says of a property that is `value`.
Seen of(const std::string& value, const std::string& test) {
  const std::string properties = R"({"x":)" + value + "}";
  return seen(R"({"properties.x":)" + test + "}", {.properties = properties});
}

TEST(EventFilterTest, WithoutAConditionAcceptsAll) {
  PathSet paths;
  const EventFilter filter(Condition(), paths);
  EXPECT_TRUE(filter.accepts({}, {}).accepted);
}

TEST(EventFilterTest, ComparesNumbers) {
  const std::tuple<const char*, const char*, Seen> cases[] = {
      {"5", "5", kTrue},           {"5.0", R"({"eq":5})", kTrue},   {"5", R"({"ne":5})", kFalse},
      {"5", R"({"ne":6})", kTrue}, {"5", R"({"lt":5})", kFalse},    {"5", R"({"lt":5.1})", kTrue},
      {"5", R"({"le":5})", kTrue}, {"5", R"({"gt":5})", kFalse},    {"5", R"({"gt":-5})", kTrue},
      {"5", R"({"ge":5})", kTrue}, {"-0.0", R"({"eq":0})", kTrue},  {"5", "[4,5,6]", kTrue},
      {"5", "[4,6]", kFalse},      {"5", "[true,4,5,\"a\"]", kTrue}};
  for (const auto& [value, test, expected] : cases) {
    EXPECT_EQ(of(value, test), expected) << value << ' ' << test;
  }
}

TEST(EventFilterTest, ComparesTextsByTheirBytes) {
  const std::tuple<const char*, const char*, Seen> cases[] = {
      {R"("b")", R"("b")", kTrue},
      {R"("b")", R"("B")", kFalse},
      {R"("b")", R"({"lt":"ba"})", kTrue},
      {R"("é")", R"({"gt":"z"})", kTrue},
      {R"("10")", R"({"lt":"9"})", kTrue},
      {R"("\u0062")", R"({"eq":"b"})", kTrue},
      {R"("checkout")", R"({"prefix":"check"})", kTrue},
      {R"("check")", R"({"prefix":"checkout"})", kFalse},
      {R"("a checkout")", R"({"regex":"check.ut"})", kTrue},
      {R"("a checkout")", R"({"regex":"^check"})", kFalse},
      {R"("team")", R"(["pro","team"])", kTrue},
      {R"("free")", R"(["pro","team"])", kFalse}};
  for (const auto& [value, test, expected] : cases) {
    EXPECT_EQ(of(value, test), expected) << value << ' ' << test;
  }
}

TEST(EventFilterTest, ATextANumberAndATruthNeverMix) {
  for (const char* test : {"5", R"({"ne":5})", R"({"lt":9})", R"({"le":9})", R"({"gt":1})",
                           R"({"ge":1})", "[5,6]", R"([true,5])"}) {
    EXPECT_EQ(of(R"("5")", test), kMismatch) << test;
  }
  for (const char* test :
       {R"("5")", R"({"ne":"5"})", R"({"prefix":"5"})", R"({"regex":"5"})", R"(["5"])", "true"}) {
    EXPECT_EQ(of("5", test), kMismatch) << test;
  }
  EXPECT_EQ(of("true", "1"), kMismatch);
  EXPECT_EQ(of("true", R"("true")"), kMismatch);
  EXPECT_EQ(of("true", "true"), kTrue);
  EXPECT_EQ(of("true", R"({"ne":false})"), kTrue);
}

TEST(EventFilterTest, AnAbsentFieldFailsEachTestAndPassesItsNegation) {
  for (const char* value : {"null", "{}", "[1]", "1e999"}) {
    for (const char* test : {R"("a")", R"({"ne":"a"})", R"({"lt":1})", R"({"prefix":""})",
                             R"({"regex":""})", R"(["a",1,true])"}) {
      EXPECT_EQ(of(value, test), kFalse) << value << test;
    }
  }
  EXPECT_EQ(seen(R"({"not":{"properties.plan":"pro"}})", {}), kTrue);
  EXPECT_EQ(seen(R"({"not":{"properties.plan":{"ne":"pro"}}})", {}), kTrue);
  EXPECT_EQ(seen(R"({"not":{"properties.plan":"pro"}})", {.properties = R"({"plan":7})"}),
            (Seen{true, 1}));
}

TEST(EventFilterTest, AFieldExistsWhenItIsNotNull) {
  for (const char* value : {"0", "false", R"("")", "{}", "[]", "1e999"}) {
    EXPECT_EQ(of(value, R"({"exists":true})"), kTrue) << value;
    EXPECT_EQ(of(value, R"({"exists":false})"), kFalse) << value;
  }
  EXPECT_EQ(of("null", R"({"exists":true})"), kFalse);
  EXPECT_EQ(of("null", R"({"exists":false})"), kTrue);
  EXPECT_EQ(seen(R"({"user_id":{"exists":true}})", {.user_id = "u"}), kTrue);
  EXPECT_EQ(seen(R"({"user_id":{"exists":true}})", {.anonymous_id = "a"}), kFalse);
}

TEST(EventFilterTest, LooksAtTheRecord) {
  const EventView event{.source = "web",
                        .type = EventType::kTrack,
                        .name = "Signed Up",
                        .user_id = "u",
                        .context = R"({"page":{"path":"/a"}})"};
  EXPECT_EQ(seen(R"({"event":"Signed Up","type":"track","source":["app","web"]})", event), kTrue);
  EXPECT_EQ(seen(R"({"event":"Signed Up","type":"page"})", event), kFalse);
  EXPECT_EQ(seen(R"({"context.page.path":{"prefix":"/"},"user":{"ne":"v"}})", event), kTrue);
}

/// A second reading of a condition, straight from its meaning.
bool holds(const Condition& condition, const std::vector<bool>& facts) {
  switch (condition.kind) {
    case ConditionKind::kAll:
      return std::all_of(condition.parts.begin(), condition.parts.end(),
                         [&](const Condition& part) { return holds(part, facts); });
    case ConditionKind::kAny:
      return std::any_of(condition.parts.begin(), condition.parts.end(),
                         [&](const Condition& part) { return holds(part, facts); });
    case ConditionKind::kNot:
      return !holds(condition.parts[0], facts);
    case ConditionKind::kTest:
      return facts.at(static_cast<std::size_t>(condition.field.path[0][0] - 'a'));
  }
  return false;
}

Condition random_condition(std::mt19937_64& random, int depth) {
  const auto kind = static_cast<ConditionKind>(depth == 0 ? 3 : random() % 4);
  Condition condition{.kind = kind};
  if (kind == ConditionKind::kTest) {
    condition.field = {.kind = FieldKind::kProperties,
                       .path = {std::string(1, static_cast<char>('a' + random() % 5))}};
    return condition;
  }
  for (std::size_t parts = kind == ConditionKind::kNot ? 1 : 1 + random() % 3; parts > 0; --parts) {
    condition.parts.push_back(random_condition(random, depth - 1));
  }
  return condition;
}

TEST(EventFilterTest, CombinesTestsAsAllAnyAndNotSayAlsoNormalized) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 500; ++round) {
    const Condition condition = random_condition(random, 4);
    PathSet paths;
    const EventFilter plain(condition, paths);
    const EventFilter normal(normalized(condition), paths);
    FieldValues values;
    for (unsigned bits = 0; bits < 32; ++bits) {
      std::vector<bool> facts;
      std::string properties = R"({"z":0)";
      for (unsigned i = 0; i < 5; ++i) {
        facts.push_back((bits >> i & 1U) != 0);
        properties +=
            facts.back() ? ",\"" + std::string(1, static_cast<char>('a' + i)) + "\":1" : "";
      }
      properties += "}";
      paths.extract({.properties = properties}, values);
      ASSERT_EQ(plain.accepts({}, values).accepted, holds(condition, facts));
      ASSERT_EQ(normal.accepts({}, values).accepted, holds(condition, facts));
    }
  }
}

Condition random_test(std::mt19937_64& random) {
  const std::vector<Literal> literals{false, true, 0.0, 1.0, "", "a", "ab", "b"};
  const auto any = [&] { return literals[random() % literals.size()]; };
  const Field fields[] = {{.kind = FieldKind::kEvent},
                          {.kind = FieldKind::kProperties, .path = {"a"}},
                          {.kind = FieldKind::kProperties, .path = {"b"}}};
  Condition test{.kind = ConditionKind::kTest, .field = fields[random() % 3]};
  test.test = static_cast<TestKind>(random() % 10);
  if (test.test == TestKind::kExists) {
    return test;
  }
  test.values = {any()};
  if (test.test == TestKind::kIn) {
    test.values.push_back(any());
  } else if (test.test != TestKind::kEq && test.test != TestKind::kNe) {
    const bool is_text = test.test >= TestKind::kPrefix || random() % 2 == 0;
    test.values = {literals[is_text ? 4 + random() % 4 : 2 + random() % 2]};
  }
  return test;
}

Condition random_tests(std::mt19937_64& random) {
  Condition all{.kind = random() % 4 == 0 ? ConditionKind::kAny : ConditionKind::kAll};
  for (std::size_t parts = 1 + random() % 4; parts > 0; --parts) {
    Condition part = random() % 8 == 0 ? random_tests(random) : random_test(random);
    if (random() % 4 == 0) {
      Condition negation{.kind = ConditionKind::kNot};
      negation.parts.push_back(std::move(part));
      part = std::move(negation);
    }
    all.parts.push_back(std::move(part));
  }
  return all;
}

TEST(EventFilterTest, NoEventMeetsWhatIsSaidToBeNeverTrue) {
  std::mt19937_64 random(2);
  constexpr const char* kNames[] = {"", "a", "ab", "b", "c"};
  constexpr const char* kValues[] = {"null", "false", "true",   "0",       "0.5",     "1",     "2",
                                     "{}",   R"("")", R"("a")", R"("aa")", R"("ab")", R"("b")"};
  int refused = 0;
  for (int round = 0; round < 4'000; ++round) {
    const Condition condition = normalized(random_tests(random));
    if (!why_never_true(condition, SpecPlace("view"))) {
      continue;
    }
    ++refused;
    PathSet paths;
    const EventFilter filter(condition, paths);
    FieldValues values;
    for (int event = 0; event < 100; ++event) {
      const std::string properties = std::string(R"({"a":)") + kValues[random() % 13] + R"(,"b":)" +
                                     kValues[random() % 13] + "}";
      const EventView view{.name = kNames[random() % 5], .properties = properties};
      paths.extract(view, values);
      ASSERT_FALSE(filter.accepts(view, values).accepted)
          << condition_json(condition) << " of " << view.name << properties;
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace hapax
