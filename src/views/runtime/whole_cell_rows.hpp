// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "stream/measure/measure_plan.hpp"
#include "views/runtime/view_cell.hpp"

namespace hapax {

/// A cell as rows of a table that has nothing else of it.
struct WholeCellRows {
  std::string summary;  ///< Empty: as encode_value().
  /// What its growing measures keep, all in one run, of number 0; empty: there is none.
  std::string run = {};
};

/// `plan`: the cell's. Cost: a copy of what its growing measures keep.
WholeCellRows encode_whole(const ViewCell& cell, const MeasurePlan& plan);

}  // namespace hapax
