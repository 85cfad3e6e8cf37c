// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "record/event.hpp"
#include "views/spec/regex.hpp"
#include "views/spec/spec_reader.hpp"

namespace hapax {
namespace {

struct KnownTest {
  std::string_view name;
  TestKind test;
};
constexpr KnownTest kTests[] = {
    {"eq", TestKind::kEq},       {"=", TestKind::kEq},         {"==", TestKind::kEq},
    {"ne", TestKind::kNe},       {"!=", TestKind::kNe},        {"lt", TestKind::kLt},
    {"<", TestKind::kLt},        {"le", TestKind::kLe},        {"<=", TestKind::kLe},
    {"gt", TestKind::kGt},       {">", TestKind::kGt},         {"ge", TestKind::kGe},
    {">=", TestKind::kGe},       {"in", TestKind::kIn},        {"prefix", TestKind::kPrefix},
    {"regex", TestKind::kRegex}, {"exists", TestKind::kExists}};

Result<TestKind> read_test_kind(std::string_view name, const SpecPlace& place) {
  std::vector<std::string_view> names;
  for (const auto& known : kTests) {
    if (known.name == name) {
      return known.test;
    }
    names.push_back(known.name);
  }
  if (name == "not_in") {
    return place.error("there is no test \"not_in\"",
                       "write not = { field = { in = [...] } }, which is true of an absent field");
  }
  return unknown_word(name, names, "test", place);
}

Result<Literal> read_literal(const SpecNode& node, const SpecPlace& place) {
  if (const auto* text = node.as<std::string>()) {
    HAPAX_ASSIGN(std::string checked, read_text(node, *text, place));
    return Literal(std::move(checked));
  }
  if (const auto* number = node.as<double>()) {
    return Literal(*number == 0 ? 0.0 : *number);
  }
  if (const auto* truth = node.as<bool>()) {
    return Literal(*truth);
  }
  return place.error("this must be a text, a number, true or false",
                     "whether a field is there is written { exists = true }");
}

/// What the event types are called, and fields that only hold texts.
Result<void> check_literal(const Field& field, const Literal& literal, const SpecPlace& place) {
  if (field.is_path()) {
    return {};
  }
  const auto* text = std::get_if<std::string>(&literal);
  if (text == nullptr) {
    return place.error(fmt::format("{} is always a text", field_text(field)), "quote the value");
  }
  if (field.kind == FieldKind::kType && parse_event_type(*text) == EventType::kUnspecified) {
    constexpr std::string_view kTypes[] = {"track", "identify", "page", "screen", "group", "alias"};
    return unknown_word(*text, kTypes, "event type", place);
  }
  return {};
}

Result<void> check_regex(const std::string& pattern, const SpecPlace& place) {
  const re2::RE2 compiled(pattern, regex_options());
  if (!compiled.ok()) {
    return place.error(
        fmt::format("\"{}\" is no regular expression: {}", pattern, compiled.error()),
        "the syntax is RE2's");
  }
  return {};
}

/// Reads one condition; counts its tests.
class Reader {
 public:
  Result<Condition> table_of(const SpecNode& node, const SpecPlace& place);

 private:
  Result<Condition> member(const SpecMember& member, const SpecPlace& place);
  Result<Condition> list(ConditionKind kind, const SpecNode& node, const SpecPlace& place);
  Result<Condition> negation(const SpecNode& node, const SpecPlace& place);
  Result<Condition> tests_of(const Field& field, const SpecNode& node, const SpecPlace& place);
  Result<Condition> test(const Field& field, TestKind kind, const SpecNode& node,
                         const SpecPlace& place);
  Result<std::vector<Literal>> values_in(const Field& field, const SpecNode& node,
                                         const SpecPlace& place);

  std::size_t tests_ = 0;
};

Result<Condition> Reader::table_of(const SpecNode& node, const SpecPlace& place) {
  const auto* table = node.as<SpecTable>();
  if (table == nullptr || table->empty()) {
    return place.error("this must be a table of fields and what they must be, with at least one",
                       "write it as { event = \"Signed Up\" }");
  }
  Condition all;
  for (const SpecMember& member : *table) {
    HAPAX_ASSIGN(Condition part, this->member(member, place.member(member.key)));
    all.parts.push_back(std::move(part));
  }
  return all;
}

Result<Condition> Reader::member(const SpecMember& member, const SpecPlace& place) {
  if (member.key == "all" || member.key == "any") {
    return list(member.key == "all" ? ConditionKind::kAll : ConditionKind::kAny, member.value,
                place);
  }
  if (member.key == "not") {
    return negation(member.value, place);
  }
  if (member.key == "and" || member.key == "or") {
    return place.error("there is no field \"" + member.key + "\"",
                       member.key == "and" ? "that all hold is written all = [...]"
                                           : "that one holds is written any = [...]");
  }
  const auto field = parse_field(member.key);
  if (!field) {
    return place.error(field.error());
  }
  if (field->is_of_key()) {
    return place.error("the state of a key is no part of an event",
                       "filter by fields of the events; the state can be measured");
  }
  return tests_of(*field, member.value, place);
}

Result<Condition> Reader::list(ConditionKind kind, const SpecNode& node, const SpecPlace& place) {
  const auto* list = node.as<SpecList>();
  if (list == nullptr || list->empty()) {
    return place.error("this must be a list of conditions, with at least one",
                       "write it as [{ type = \"page\" }, { type = \"screen\" }]");
  }
  Condition condition{.kind = kind};
  for (std::size_t i = 0; i < list->size(); ++i) {
    HAPAX_ASSIGN(Condition part, table_of((*list)[i], place.element(i)));
    condition.parts.push_back(std::move(part));
  }
  return condition;
}

Result<Condition> Reader::negation(const SpecNode& node, const SpecPlace& place) {
  HAPAX_ASSIGN(Condition part, table_of(node, place));
  Condition condition{.kind = ConditionKind::kNot};
  condition.parts.push_back(std::move(part));
  return condition;
}

Result<Condition> Reader::tests_of(const Field& field, const SpecNode& node,
                                   const SpecPlace& place) {
  const auto* table = node.as<SpecTable>();
  if (table == nullptr) {
    return test(field, node.as<SpecList>() != nullptr ? TestKind::kIn : TestKind::kEq, node, place);
  }
  if (table->empty()) {
    return place.error("there is no test in it",
                       "write it as { ge = 10 } or { in = [\"a\", \"b\"] }");
  }
  Condition all;
  for (const SpecMember& member : *table) {
    HAPAX_ASSIGN(const TestKind kind, read_test_kind(member.key, place));
    HAPAX_ASSIGN(Condition part, test(field, kind, member.value, place.member(member.key)));
    all.parts.push_back(std::move(part));
  }
  return all;
}

Result<Condition> Reader::test(const Field& field, TestKind kind, const SpecNode& node,
                               const SpecPlace& place) {
  if (++tests_ > Condition::kTestsMax) {
    return place.error(fmt::format("there are more than {} tests", Condition::kTestsMax));
  }
  Condition test{.kind = ConditionKind::kTest, .field = field, .test = kind};
  if (kind == TestKind::kExists) {
    const auto* wanted = node.as<bool>();
    if (wanted == nullptr) {
      return place.error("this must be true or false");
    }
    if (*wanted) {
      return test;
    }
    Condition absent{.kind = ConditionKind::kNot};
    absent.parts.push_back(std::move(test));
    return absent;
  }
  if (kind == TestKind::kIn) {
    HAPAX_ASSIGN(test.values, values_in(field, node, place));
    return test;
  }
  if (kind == TestKind::kPrefix || kind == TestKind::kRegex) {
    HAPAX_ASSIGN(std::string text, read_text(node, "checkout", place));
    if (kind == TestKind::kRegex) {
      HAPAX_TRY(check_regex(text, place));
    }
    test.values.emplace_back(std::move(text));
    return test;
  }
  HAPAX_ASSIGN(Literal value, read_literal(node, place));
  const bool is_order = kind != TestKind::kEq && kind != TestKind::kNe;
  if (is_order && std::holds_alternative<bool>(value)) {
    return place.error("true and false have no order", "compare with eq or ne");
  }
  // Texts are compared with a type's name by their bytes, so any text will do.
  if (!is_order || !std::holds_alternative<std::string>(value)) {
    HAPAX_TRY(check_literal(field, value, place));
  }
  test.values.push_back(std::move(value));
  return test;
}

Result<std::vector<Literal>> Reader::values_in(const Field& field, const SpecNode& node,
                                               const SpecPlace& place) {
  const auto* list = node.as<SpecList>();
  if (list == nullptr || list->empty() || list->size() > Condition::kValuesMax) {
    return place.error(fmt::format("this must be a list of 1 to {} values", Condition::kValuesMax),
                       "write it as [\"pro\", \"team\"]");
  }
  std::vector<Literal> values;
  for (std::size_t i = 0; i < list->size(); ++i) {
    HAPAX_ASSIGN(Literal value, read_literal((*list)[i], place.element(i)));
    HAPAX_TRY(check_literal(field, value, place.element(i)));
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

Result<Condition> read_condition(const SpecNode& node, const SpecPlace& place) {
  Reader reader;
  HAPAX_ASSIGN(Condition condition, reader.table_of(node, place));
  return normalized(std::move(condition));
}

}  // namespace hapax
