// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/row_extent.hpp"

#include <algorithm>

#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

/// So many cells between two looks at the clock.
constexpr std::uint64_t kCellsUntimed = 256;

/// Counts cells one after the other.
class ExtentCount {
 public:
  explicit ExtentCount(const MeasurePlan& plan) : plan_(plan) {
    extent_.measures.resize(plan.places().size());
    has_limits_ = std::ranges::any_of(
        plan.places(), [](const MeasurePlan::Place& place) { return has_limit(place.spec); });
  }

  /// False when it is damaged.
  [[nodiscard]] bool add(const RowCursor& cell, const Window& window) {
    window_cells_ = window == window_ ? window_cells_ + 1 : 1;
    window_ = window;
    ++extent_.cells;
    extent_.bytes += cell.key().size() + cell.value().size();
    if (window_cells_ > extent_.widest_cells) {
      extent_.widest = window;
      extent_.widest_cells = window_cells_;
    }
    if (cell.value().size() > extent_.largest_bytes) {
      extent_.largest_key = cell.key();
      extent_.largest_bytes = cell.value().size();
    }
    return !has_limits_ || look_at_results(cell.value());
  }
  RowExtent& extent() { return extent_; }

 private:
  static bool has_limit(const MeasureSpec& spec) {
    return spec.kind == MeasureKind::kUniques || spec.kind == MeasureKind::kTop;
  }

  bool look_at_results(std::string_view bytes) {
    const auto value = decode_value(bytes, plan_, Microseconds::zero());
    for (std::size_t i = 0; value && i < extent_.measures.size(); ++i) {
      const MeasureResult& result = value->results[i];
      if (has_limit(plan_.places()[i].spec)) {
        MeasureExtent& measure = extent_.measures[i];
        const auto* values = std::get_if<std::uint64_t>(&result.answer);
        measure.inexact += result.exact ? 0 : 1;
        measure.values_max =
            std::max(measure.values_max, values != nullptr && result.exact ? *values : 0);
      }
    }
    return value.has_value();
  }

  const MeasurePlan& plan_;
  bool has_limits_ = false;
  RowExtent extent_;
  Window window_ = {};
  std::uint64_t window_cells_ = 0;
};

}  // namespace

Result<RowExtent> measure_extent(const RowSnapshot& rows, std::uint64_t cells_max,
                                 const std::function<bool()>& is_over) {
  ExtentCount count(rows.shape().measures);
  HAPAX_TRY(rows.read({}, [&](RowCursor& at) -> Result<void> {
    for (at.seek({}); at.valid() && count.extent().is_whole; at.next()) {
      const std::uint64_t cells = count.extent().cells;
      if (cells >= cells_max || (cells % kCellsUntimed == kCellsUntimed - 1 && is_over())) {
        count.extent().is_whole = false;
        return {};
      }
      const auto key = split_view_cell_key(at.key());
      if (holds_nothing(at.value())) {
        continue;
      }
      if (!key || !count.add(at, key->window)) {
        return damaged_cell(rows.table());
      }
    }
    return {};
  }));
  return std::move(count.extent());
}

}  // namespace hapax
