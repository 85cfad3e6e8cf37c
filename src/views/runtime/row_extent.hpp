// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "stream/window/window_assigner.hpp"
#include "views/runtime/row_snapshot.hpp"

namespace hapax {

/// How near the cells of a view are to what one of its measures counts exactly.
struct MeasureExtent {
  std::uint64_t values_max = 0;  ///< uniques: the most values that a cell counts exactly.
  std::uint64_t inexact = 0;     ///< uniques, top: in how many cells it is not exact.

  friend bool operator==(const MeasureExtent&, const MeasureExtent&) = default;
};

/// How much a view holds.
struct RowExtent {
  std::uint64_t cells = 0;
  std::uint64_t bytes = 0;  ///< Of their keys and summaries; what growing measures keep is beside.
  /// The window with the most cells; of several the first.
  Window widest = {};
  std::uint64_t widest_cells = 0;
  /// The cell with the longest summary; of several the first.
  std::string largest_key = {};
  std::uint64_t largest_bytes = 0;
  std::vector<MeasureExtent> measures = {};  ///< By measure, as in the spec.
  bool is_whole = true;                      ///< Else the budget was spent: it holds at least that.
};

/// Counts up to `cells_max` cells, and until `is_over`, which is asked now and then. Errors:
/// kCorrupt; those of the store.
Result<RowExtent> measure_extent(const RowSnapshot& rows, std::uint64_t cells_max,
                                 const std::function<bool()>& is_over);

}  // namespace hapax
