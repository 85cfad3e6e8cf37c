// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "views/spec/field.hpp"

namespace hapax {

enum class ConditionKind : std::uint8_t { kAll, kAny, kNot, kTest };
enum class TestKind : std::uint8_t {
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kIn,
  kPrefix,
  kRegex,  ///< RE2's syntax; found anywhere in the text.
  kExists,
};

using Literal = std::variant<bool, double, std::string>;

/// Which events a view counts. What each test means of a value: event_filter.hpp.
struct Condition {
  static constexpr std::size_t kTestsMax = 256;     ///< In all of a condition.
  static constexpr std::size_t kValuesMax = 1'000;  ///< Of one kIn.

  ConditionKind kind = ConditionKind::kAll;
  std::vector<Condition> parts = {};  ///< Of kAll (none: every event), kAny, and kNot (one).
  Field field = {};                   ///< Of kTest, as what follows.
  TestKind test = TestKind::kExists;
  /// One; for kIn one or more, sorted, each once; for kExists none.
  /// kLt to kGe: a number or a text; kPrefix and kRegex: a text.
  std::vector<Literal> values = {};

  friend bool operator==(const Condition&, const Condition&) = default;
};

/// The same condition in its one form: nested lists of a kind flattened, each part once and in the
/// order of its text, no list of one, no double negation, `in` of one value as `eq`.
Condition normalized(Condition condition);

/// As the value of "where", JSON; the text of a normalized one reads back to it.
std::string condition_json(const Condition& condition);

}  // namespace hapax
