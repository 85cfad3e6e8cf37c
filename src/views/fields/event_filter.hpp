// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "record/event.hpp"
#include "views/fields/field_values.hpp"
#include "views/fields/path_set.hpp"
#include "views/spec/condition.hpp"

namespace re2 {
class RE2;
}

namespace hapax {

/// A condition of a view, as a flat program: one step a test, each with the next step for true and
/// for false; all, any and not are where these lead.
///
/// A test of an absent field is false, also kNe. A test of a value of another kind than what it is
/// compared with is false, also kNe, and counted as a mismatch of kinds: a text with a number, or
/// kPrefix and kRegex with what is no text. kIn is a mismatch when none of its values is of the
/// kind. So kNot of a test is true where the field is absent or of another kind. kExists is true
/// of a value, an object, an array, and a number that no double holds. Texts are compared by their
/// bytes.
/// Threading: immutable; accepts() may run on several threads at once.
class EventFilter {
 public:
  struct Answer {
    bool accepted = false;
    std::uint32_t kind_mismatches = 0;  ///< Of the tests that were needed for the answer.
  };

  /// Adds the fields of `condition`, a read_condition() or normalized() one, to `paths`.
  EventFilter(const Condition& condition, PathSet& paths);

  EventFilter(EventFilter&&) noexcept;
  EventFilter& operator=(EventFilter&&) noexcept;
  ~EventFilter();

  /// `values` are those of the same event, extracted by the same paths. Does not allocate, but for
  /// what RE2 keeps of a pattern from text to text.
  Answer accepts(const EventView& event, const FieldValues& values) const;

 private:
  // Steps: from 0, or one of these.
  static constexpr std::uint32_t kAccept = UINT32_MAX;
  static constexpr std::uint32_t kReject = UINT32_MAX - 1;

  struct Step {
    FieldRef field;
    TestKind test;
    std::uint32_t first;  // Of literals_; of kRegex, of patterns_.
    std::uint32_t count;
    std::uint32_t if_true;
    std::uint32_t if_false;
  };
  enum class Outcome : std::uint8_t { kFalse, kTrue, kMismatch };

  std::uint32_t compile(const Condition& condition, std::uint32_t if_true, std::uint32_t if_false,
                        PathSet& paths);
  std::uint32_t compile_test(const Condition& condition, std::uint32_t if_true,
                             std::uint32_t if_false, PathSet& paths);
  Outcome run(const Step& step, const EventView& event, const FieldValues& values) const;
  Outcome compare(const Step& step, const Value& value) const;
  Outcome find_in(const Step& step, const Value& value) const;
  Outcome match(const Step& step, const Value& value) const;

  std::vector<Step> steps_;
  std::vector<Literal> literals_;
  std::vector<std::unique_ptr<re2::RE2>> patterns_;
  std::uint32_t start_ = kAccept;
};

}  // namespace hapax
