// SPDX-License-Identifier: Apache-2.0
#include "read/scale_up.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace hapax {
namespace {

std::uint64_t divided(std::uint64_t count, double share) {
  constexpr double kMax = 9e18;
  return static_cast<std::uint64_t>(
      std::llround(std::min(static_cast<double>(count) / share, kMax)));
}

/// Of how many that are yes or no, each with the probability `share` in the sample.
double error_of(double sampled, double share) {
  return sampled > 0 ? std::sqrt((1 - share) / sampled) : 0;
}

bool is_yes_or_no(const Measure& measure) {
  return measure.field && measure.field->kind == FieldKind::kKeyBounced;
}

void scale_up(double share, const Measure& measure, std::uint64_t size, MeasureResult& result) {
  result.exact = false;
  if (auto* count = std::get_if<std::uint64_t>(&result.answer)) {
    *count = divided(*count, share);
  }
  auto* number = std::get_if<double>(&result.answer);
  const bool adds_up = measure.kind == MeasureKind::kRate || measure.kind == MeasureKind::kSum;
  if (measure.kind == MeasureKind::kSum) {
    result.sampling_error =
        number != nullptr && is_yes_or_no(measure) ? error_of(*number, share) : 0;
  } else if (measure.kind == MeasureKind::kCount || measure.kind == MeasureKind::kRate) {
    result.sampling_error = error_of(static_cast<double>(size), share);
  }
  if (number != nullptr && adds_up) {
    *number /= share;
  }
}

}  // namespace

void scale_up(double share, const ViewShape& shape, ViewCellValue& value) {
  if (share == 1) {
    return;
  }
  for (std::size_t i = 0; i < value.results.size(); ++i) {
    scale_up(share, shape.spec.measures[i], value.size, value.results[i]);
  }
}

}  // namespace hapax
