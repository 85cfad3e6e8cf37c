// SPDX-License-Identifier: Apache-2.0
#include "views/spec/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "views/spec/spec_text.hpp"

namespace hapax {
namespace {

// By value of TestKind.
constexpr std::array<std::string_view, 10> kTestNames{"eq", "ne", "lt",     "le",    "gt",
                                                      "ge", "in", "prefix", "regex", "exists"};

std::string literal_json(const Literal& literal) {
  if (const auto* text = std::get_if<std::string>(&literal)) {
    return quoted_json(*text);
  }
  if (const auto* number = std::get_if<double>(&literal)) {
    return number_text(*number);
  }
  return std::get<bool>(literal) ? "true" : "false";
}

std::string test_json(const Condition& test) {
  std::string values;
  for (const Literal& value : test.values) {
    values += values.empty() ? "" : ",";
    values += literal_json(value);
  }
  if (test.test == TestKind::kIn) {
    values = fmt::format("[{}]", values);
  } else if (test.test == TestKind::kExists) {
    values = "true";
  }
  const auto name = kTestNames.at(static_cast<std::size_t>(test.test));
  return fmt::format(R"({{{}:{{"{}":{}}}}})", quoted_json(field_text(test.field)), name, values);
}

Condition normalized_test(Condition test) {
  std::sort(test.values.begin(), test.values.end());
  test.values.erase(std::unique(test.values.begin(), test.values.end()), test.values.end());
  if (test.test == TestKind::kIn && test.values.size() == 1) {
    test.test = TestKind::kEq;
  }
  return test;
}

Condition normalized_not(Condition condition) {
  condition.parts[0] = normalized(std::move(condition.parts[0]));
  if (condition.parts[0].kind == ConditionKind::kNot) {
    Condition inner = std::move(condition.parts[0].parts[0]);
    return inner;
  }
  return condition;
}

Condition normalized_list(Condition condition) {
  std::map<std::string, Condition> sorted;
  for (Condition& part : condition.parts) {
    Condition inner = normalized(std::move(part));
    if (inner.kind != condition.kind) {
      std::string text = condition_json(inner);
      sorted.emplace(std::move(text), std::move(inner));
      continue;
    }
    for (Condition& nested : inner.parts) {
      std::string text = condition_json(nested);
      sorted.emplace(std::move(text), std::move(nested));
    }
  }
  condition.parts.clear();
  for (auto& [text, part] : sorted) {
    condition.parts.push_back(std::move(part));
  }
  if (condition.parts.size() == 1) {
    Condition only = std::move(condition.parts[0]);
    return only;
  }
  return condition;
}

}  // namespace

Condition normalized(Condition condition) {
  switch (condition.kind) {
    case ConditionKind::kAll:
    case ConditionKind::kAny:
      return normalized_list(std::move(condition));
    case ConditionKind::kNot:
      return normalized_not(std::move(condition));
    case ConditionKind::kTest:
      return normalized_test(std::move(condition));
  }
  return condition;
}

std::string condition_json(const Condition& condition) {
  if (condition.kind == ConditionKind::kTest) {
    return test_json(condition);
  }
  if (condition.kind == ConditionKind::kNot) {
    return fmt::format(R"({{"not":{}}})", condition_json(condition.parts[0]));
  }
  std::string parts;
  for (const Condition& part : condition.parts) {
    parts += parts.empty() ? "" : ",";
    parts += condition_json(part);
  }
  return fmt::format(R"({{"{}":[{}]}})", condition.kind == ConditionKind::kAll ? "all" : "any",
                     parts);
}

}  // namespace hapax
