// SPDX-License-Identifier: Apache-2.0
#include "views/fields/event_filter.hpp"

#include <algorithm>
#include <compare>
#include <span>

#include "views/spec/regex.hpp"

namespace hapax {
namespace {

/// Literal has the kinds of Value in the same order, without absent.
std::size_t kind_of(const Literal& literal) {
  return literal.index() + 1;
}

/// Of the same kind; by bytes for texts.
std::partial_ordering order(const Value& value, const Literal& literal) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return *text <=> std::string_view(std::get<std::string>(literal));
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return *number <=> std::get<double>(literal);
  }
  return std::get<bool>(value) <=> std::get<bool>(literal);
}

bool holds(TestKind test, std::partial_ordering order) {
  switch (test) {
    case TestKind::kEq:
      return std::is_eq(order);
    case TestKind::kNe:
      return std::is_neq(order);
    case TestKind::kLt:
      return std::is_lt(order);
    case TestKind::kLe:
      return std::is_lteq(order);
    case TestKind::kGt:
      return std::is_gt(order);
    case TestKind::kGe:
      return std::is_gteq(order);
    case TestKind::kIn:
    case TestKind::kPrefix:
    case TestKind::kRegex:
    case TestKind::kExists:
      break;
  }
  return false;
}

}  // namespace

EventFilter::EventFilter(EventFilter&&) noexcept = default;
EventFilter& EventFilter::operator=(EventFilter&&) noexcept = default;
EventFilter::~EventFilter() = default;

EventFilter::EventFilter(const Condition& condition, PathSet& paths) {
  start_ = compile(condition, kAccept, kReject, paths);
}

// From the last part to the first, so that each knows the step that follows it.
std::uint32_t EventFilter::compile(const Condition& condition, std::uint32_t if_true,
                                   std::uint32_t if_false, PathSet& paths) {
  if (condition.kind == ConditionKind::kTest) {
    return compile_test(condition, if_true, if_false, paths);
  }
  if (condition.kind == ConditionKind::kNot) {
    return compile(condition.parts[0], if_false, if_true, paths);
  }
  const bool is_all = condition.kind == ConditionKind::kAll;
  std::uint32_t next = is_all ? if_true : if_false;
  for (auto part = condition.parts.rbegin(); part != condition.parts.rend(); ++part) {
    next = is_all ? compile(*part, next, if_false, paths) : compile(*part, if_true, next, paths);
  }
  return next;
}

std::uint32_t EventFilter::compile_test(const Condition& condition, std::uint32_t if_true,
                                        std::uint32_t if_false, PathSet& paths) {
  Step step{.field = paths.add(condition.field),
            .test = condition.test,
            .first = static_cast<std::uint32_t>(literals_.size()),
            .count = static_cast<std::uint32_t>(condition.values.size()),
            .if_true = if_true,
            .if_false = if_false};
  if (condition.test == TestKind::kRegex) {
    step.first = static_cast<std::uint32_t>(patterns_.size());
    patterns_.push_back(
        std::make_unique<re2::RE2>(std::get<std::string>(condition.values[0]), regex_options()));
  } else {
    literals_.insert(literals_.end(), condition.values.begin(), condition.values.end());
  }
  steps_.push_back(step);
  return static_cast<std::uint32_t>(steps_.size() - 1);
}

EventFilter::Answer EventFilter::accepts(const EventView& event, const FieldValues& values) const {
  Answer answer;
  std::uint32_t at = start_;
  while (at < kReject) {
    const Step& step = steps_[at];
    const Outcome outcome = run(step, event, values);
    answer.kind_mismatches += outcome == Outcome::kMismatch ? 1 : 0;
    at = outcome == Outcome::kTrue ? step.if_true : step.if_false;
  }
  answer.accepted = at == kAccept;
  return answer;
}

EventFilter::Outcome EventFilter::run(const Step& step, const EventView& event,
                                      const FieldValues& values) const {
  const Value value = value_of(step.field, event, values);
  const bool is_absent = std::holds_alternative<std::monostate>(value);
  if (step.test == TestKind::kExists) {
    const bool is_path = step.field.kind >= FieldKind::kProperties;
    const bool is_there = !is_absent || (is_path && values.flags(step.field.slot) != 0);
    return is_there ? Outcome::kTrue : Outcome::kFalse;
  }
  if (is_absent) {
    return Outcome::kFalse;
  }
  switch (step.test) {
    case TestKind::kIn:
      return find_in(step, value);
    case TestKind::kPrefix:
    case TestKind::kRegex:
      return match(step, value);
    default:
      return compare(step, value);
  }
}

EventFilter::Outcome EventFilter::compare(const Step& step, const Value& value) const {
  const Literal& literal = literals_[step.first];
  if (kind_of(literal) != value.index()) {
    return Outcome::kMismatch;
  }
  return holds(step.test, order(value, literal)) ? Outcome::kTrue : Outcome::kFalse;
}

// The values are sorted by kind first.
EventFilter::Outcome EventFilter::find_in(const Step& step, const Value& value) const {
  const auto all = std::span(literals_).subspan(step.first, step.count);
  const auto begin =
      std::lower_bound(all.begin(), all.end(), value.index(),
                       [](const Literal& one, std::size_t kind) { return kind_of(one) < kind; });
  const auto end =
      std::upper_bound(begin, all.end(), value.index(),
                       [](std::size_t kind, const Literal& one) { return kind < kind_of(one); });
  if (begin == end) {
    return Outcome::kMismatch;
  }
  const auto found = std::lower_bound(
      begin, end, value,
      [](const Literal& one, const Value& wanted) { return std::is_gt(order(wanted, one)); });
  return found != end && std::is_eq(order(value, *found)) ? Outcome::kTrue : Outcome::kFalse;
}

EventFilter::Outcome EventFilter::match(const Step& step, const Value& value) const {
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr) {
    return Outcome::kMismatch;
  }
  if (step.test == TestKind::kPrefix) {
    const auto& prefix = std::get<std::string>(literals_[step.first]);
    return text->starts_with(prefix) ? Outcome::kTrue : Outcome::kFalse;
  }
  const re2::StringPiece subject(text->data(), text->size());
  return re2::RE2::PartialMatch(subject, *patterns_[step.first]) ? Outcome::kTrue : Outcome::kFalse;
}

}  // namespace hapax
