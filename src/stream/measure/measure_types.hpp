// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "stream/measure/measure_spec.hpp"
#include "stream/measure/plain_measures.hpp"
#include "stream/measure/quantile_measure.hpp"
#include "stream/measure/top_measure.hpp"
#include "stream/measure/uniques_measure.hpp"

namespace hapax {

/// Calls `visit` with a std::type_identity of the state that a measure of `kind` has.
template <typename Visit>
decltype(auto) with_measure_type(MeasureKind kind, Visit&& visit) {
  using enum MeasureKind;
  switch (kind) {
    case kCount:
    case kRate:
      break;
    case kSum:
    case kAvg:
      return visit(std::type_identity<SumMeasure>());
    case kMin:
      return visit(std::type_identity<ExtremeMeasure<kMin>>());
    case kMax:
      return visit(std::type_identity<ExtremeMeasure<kMax>>());
    case kFirst:
      return visit(std::type_identity<EdgeMeasure<kFirst>>());
    case kLast:
      return visit(std::type_identity<EdgeMeasure<kLast>>());
    case kUniques:
      return visit(std::type_identity<UniquesMeasure>());
    case kQuantile:
      return visit(std::type_identity<QuantileMeasure>());
    case kTop:
      return visit(std::type_identity<TopMeasure>());
  }
  return visit(std::type_identity<CountMeasure>());
}

}  // namespace hapax
