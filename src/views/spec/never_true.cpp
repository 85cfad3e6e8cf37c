// SPDX-License-Identifier: Apache-2.0
#include "views/spec/never_true.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "views/spec/regex.hpp"

namespace hapax {
namespace {

/// Of one field, all to hold: each is a test or the negation of one.
using Tests = std::vector<const Condition*>;

// Kinds of values, as bits by their place in Literal.
constexpr unsigned kBool = 1U << 0U;
constexpr unsigned kText = 1U << 2U;
constexpr unsigned kAnyKind = 7;

bool is_test(const Condition& part) {
  return part.kind == ConditionKind::kTest ||
         (part.kind == ConditionKind::kNot && part.parts[0].kind == ConditionKind::kTest);
}

const Condition& test_in(const Condition& part) {
  return part.kind == ConditionKind::kNot ? part.parts[0] : part;
}

bool asks_for_absence(const Condition* part) {
  return part->kind == ConditionKind::kNot && part->parts[0].test == TestKind::kExists;
}

bool is_always_there(const Field& field) {
  return field.kind == FieldKind::kSource || field.kind == FieldKind::kType ||
         field.kind == FieldKind::kUser || field.kind == FieldKind::kMessageId;
}

unsigned kinds_of(const Condition& test) {
  if (test.test == TestKind::kExists) {
    return kAnyKind;
  }
  unsigned kinds = 0;
  for (const Literal& value : test.values) {
    kinds |= 1U << value.index();
  }
  return kinds;
}

bool holds(const Condition& test, const re2::RE2& pattern, const Literal& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto is_kind = [&] { return value.index() == test.values[0].index(); };
  switch (test.test) {
    case TestKind::kExists:
      return true;
    case TestKind::kEq:
    case TestKind::kIn:
      return std::ranges::find(test.values, value) != test.values.end();
    case TestKind::kNe:
      return is_kind() && value != test.values[0];
    case TestKind::kLt:
      return is_kind() && value < test.values[0];
    case TestKind::kLe:
      return is_kind() && value <= test.values[0];
    case TestKind::kGt:
      return is_kind() && value > test.values[0];
    case TestKind::kGe:
      return is_kind() && value >= test.values[0];
    case TestKind::kPrefix:
      return text != nullptr && text->starts_with(std::get<std::string>(test.values[0]));
    case TestKind::kRegex:
      return text != nullptr && re2::RE2::PartialMatch(*text, pattern);
  }
  return true;
}

void keep_passing(const Condition& part, std::vector<Literal>& values) {
  const Condition& test = test_in(part);
  const bool has_pattern = test.test == TestKind::kRegex;
  const re2::RE2 pattern(has_pattern ? std::get<std::string>(test.values[0]) : std::string(),
                         regex_options());
  std::erase_if(values, [&](const Literal& value) {
    return holds(test, pattern, value) != (part.kind == ConditionKind::kTest);
  });
}

/// From where to where values of one kind may be.
struct Range {
  struct Bound {
    Literal value;
    bool is_inside;
  };
  std::optional<Bound> low;
  std::optional<Bound> high;

  void begin_at(Bound bound) {
    if (!low || low->value < bound.value || (low->value == bound.value && !bound.is_inside)) {
      low = std::move(bound);
    }
  }
  void end_at(Bound bound) {
    if (!high || bound.value < high->value || (high->value == bound.value && !bound.is_inside)) {
      high = std::move(bound);
    }
  }
  bool is_empty() const {
    return low && high &&
           (high->value < low->value ||
            (high->value == low->value && !(low->is_inside && high->is_inside)));
  }
  bool is_one_value() const { return low && high && !is_empty() && low->value == high->value; }
};

void narrow(const Condition& test, Range& range) {
  switch (test.test) {
    case TestKind::kGt:
    case TestKind::kGe:
    case TestKind::kPrefix:
      range.begin_at({test.values[0], test.test != TestKind::kGt});
      return;
    case TestKind::kLt:
    case TestKind::kLe:
      range.end_at({test.values[0], test.test == TestKind::kLe});
      return;
    default:
      return;
  }
}

/// Is there no value that passes `tests`, of which some are no negations?
bool leave_no_value(const Field& field, const Tests& tests) {
  unsigned kinds = field.is_path() ? kAnyKind : kText;
  Range range;
  std::optional<std::vector<Literal>> only;
  for (const Condition* test : tests) {
    if (test->kind == ConditionKind::kTest) {
      kinds &= kinds_of(*test);
      narrow(*test, range);
      if (test->test == TestKind::kEq || test->test == TestKind::kIn) {
        only = test->values;
      }
    }
  }
  if (kinds == kText) {  // In the record an empty text is none.
    range.begin_at({Literal(std::string()), field.is_path()});
  }
  if (kinds == 0 || range.is_empty()) {
    return true;
  }
  if (!only && (kinds == kBool || range.is_one_value())) {
    only = kinds == kBool ? std::vector<Literal>{false, true} : std::vector{range.low->value};
  }
  if (!only) {
    return false;
  }
  for (const Condition* test : tests) {
    keep_passing(*test, *only);
  }
  return std::ranges::all_of(*only, [&](const Literal& value) {
    return !field.is_path() && value == Literal(std::string());
  });
}

std::optional<Error> why_none_passes(const Field& field, const Tests& tests,
                                     const SpecPlace& place) {
  const bool needs_none = std::ranges::any_of(tests, asks_for_absence);
  if (needs_none && is_always_there(field)) {
    return place.error(field_text(field) + " is never missing", "leave it out");
  }
  const bool needs_one = std::ranges::any_of(
      tests, [](const Condition* test) { return test->kind == ConditionKind::kTest; });
  if (!needs_one || !(needs_none || leave_no_value(field, tests))) {
    return std::nullopt;
  }
  std::string said;
  for (const Condition* test : tests) {
    said.append(said.empty() ? "" : " and ").append(condition_json(*test));
  }
  return place.error(fmt::format("no event can be {}, so nothing would be counted", said),
                     field.is_path() ? "write any = [...] where one of them is enough"
                                     : "an empty text is absent: { exists = false }; write any = "
                                       "[...] where one test is enough");
}

std::optional<Error> why_all_never(const std::vector<Condition>& parts, const SpecPlace& place) {
  std::map<Field, Tests> by_field;
  for (const Condition& part : parts) {
    if (is_test(part)) {
      by_field[test_in(part).field].push_back(&part);
    } else if (auto why = why_never_true(part, place)) {
      return why;
    }
  }
  for (const auto& [field, tests] : by_field) {
    if (auto why = why_none_passes(field, tests, place)) {
      return why;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> why_never_true(const Condition& condition, const SpecPlace& place) {
  if (is_test(condition)) {
    return why_none_passes(test_in(condition).field, {&condition}, place);
  }
  if (condition.kind == ConditionKind::kAll) {
    return why_all_never(condition.parts, place);
  }
  std::optional<Error> first;
  for (const Condition& part : condition.parts) {
    auto why = condition.kind == ConditionKind::kAny ? why_never_true(part, place) : std::nullopt;
    if (!why) {
      return std::nullopt;
    }
    if (!first) {
      first = std::move(why);
    }
  }
  return first;
}

}  // namespace hapax
