// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "stream/measure/measure_spec.hpp"
#include "views/spec/field.hpp"

namespace hapax {

/// What a view says of each cell. Text: "count", "sum(properties.price)",
/// "quantile(properties.ms, 0.95)", "top(context.page.path, 10)", "uniques(user)",
/// "uniques(user, 1000000)".
struct Measure {
  static constexpr std::uint32_t kTopMax = 1'000;
  static constexpr std::uint32_t kExactMax = 10'000'000;

  std::string name;
  MeasureKind kind = MeasureKind::kCount;
  std::optional<Field> field = {};  ///< Of all but kCount and kRate.
  double p = 0;                     ///< Of kQuantile: above 0 and below 1.
  std::uint32_t k = 0;              ///< Of kTop: 1 to kTopMax.
  /// Of kUniques: 1 to kExactMax, counted exactly up to so many.
  std::uint32_t exact_max = kUniquesExactMax;

  friend bool operator==(const Measure&, const Measure&) = default;
};

/// The measure that `text` says, without a name.
/// Errors: kInvalid, there is no such measure (with the nearest one), or what is wrong with what is
/// in its brackets.
Result<Measure> parse_measure(std::string_view text);

/// The one spelling of a measure; parse_measure() reads it back.
std::string measure_text(const Measure& measure);

/// Can a key's contribution be taken out again, so that it may change? If not, why.
std::optional<std::string_view> why_not_over_keys(MeasureKind kind);

}  // namespace hapax
