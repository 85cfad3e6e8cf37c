// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace hapax {

/// What a measure computes of the events of a cell.
enum class MeasureKind : std::uint8_t {
  kCount,
  kRate,  // Count per second of window.
  kSum,
  kAvg,
  kMin,
  kMax,
  kFirst,  // By event time.
  kLast,
  kUniques,
  kQuantile,
  kTop,
};

inline constexpr std::uint32_t kUniquesExactMax = 100'000;
inline constexpr std::uint32_t kTopValuesMax = 10'000;

/// One measure of a view. Two views with equal specs have equal bytes for equal events; another
/// `exact_max` or `values_max` is another measure.
struct MeasureSpec {
  MeasureKind kind = MeasureKind::kCount;
  std::uint16_t input = 0;  ///< Which sample of an event it reads, if any; several may read one.
  double p = 0.5;           ///< Quantile: 0 (least) to 1 (greatest), both included.
  std::uint32_t k = 10;     ///< Top: how many values an answer lists.
  std::uint32_t exact_max = kUniquesExactMax;  ///< Uniques: counted exactly up to so many.
  std::uint32_t values_max = kTopValuesMax;    ///< Top: 1 or more, counted exactly up to so many.
};

/// What may be done with a measure: what a view's spec is checked against.
struct MeasureTraits {
  std::string_view name;
  bool reads_sample;  ///< Else it is about the event alone.
  bool wants_hash;    ///< Of the sample's value.
  bool rolls_up;      ///< States of windows side by side combine to that of the window over them.
  bool retracts;      ///< What came can be taken back: allowed over keys.
  bool grows;         ///< Its state grows with its values; an answer alone does not combine.
};

constexpr MeasureTraits measure_traits(MeasureKind kind) {
  switch (kind) {
    case MeasureKind::kCount:
      return {"count", false, false, true, true, false};
    case MeasureKind::kRate:
      return {"rate", false, false, true, true, false};
    case MeasureKind::kSum:
      return {"sum", true, false, true, true, false};
    case MeasureKind::kAvg:
      return {"avg", true, false, true, true, false};
    case MeasureKind::kMin:
      return {"min", true, false, true, false, false};
    case MeasureKind::kMax:
      return {"max", true, false, true, false, false};
    case MeasureKind::kFirst:
      return {"first", true, false, true, false, false};
    case MeasureKind::kLast:
      return {"last", true, false, true, false, false};
    case MeasureKind::kUniques:
      return {"uniques", true, true, true, false, true};
    case MeasureKind::kQuantile:
      return {"quantile", true, false, true, true, true};
    case MeasureKind::kTop:
      return {"top", true, true, true, false, true};
  }
  return {};
}

}  // namespace hapax
