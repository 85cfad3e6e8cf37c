// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/time.hpp"
#include "stream/measure/measure_plan.hpp"
#include "stream/window/window_assigner.hpp"
#include "views/spec/field.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {

/// What it takes to read the cells of a view: which fields the values of a group are of, and which
/// measures a cell holds. Unchanging, so that readers may share it with whoever counts.
struct ViewShape {
  ViewSpec spec;
  /// The source first, if it is one of them, the others as in the spec, those of a key's last event
  /// behind the others.
  std::vector<Field> group_fields;
  MeasurePlan measures;  ///< By name, as in the spec.

  /// As a rate is by it; zero where there is no window.
  Microseconds length_of(const Window& window) const {
    return spec.window.kind == WindowKind::kNone ? Microseconds::zero() : window.end - window.start;
  }
};

}  // namespace hapax
