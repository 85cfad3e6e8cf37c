// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/row_extent.hpp"

#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

/// So many cells between two looks at the clock.
constexpr std::uint64_t kCellsUntimed = 256;

/// Counts cells one after the other.
class ExtentCount {
 public:
  void add(const RowCursor& cell, const Window& window) {
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
  }
  RowExtent& extent() { return extent_; }

 private:
  RowExtent extent_;
  Window window_ = {};
  std::uint64_t window_cells_ = 0;
};

}  // namespace

Result<RowExtent> measure_extent(const RowSnapshot& rows, std::uint64_t cells_max,
                                 const std::function<bool()>& is_over) {
  ExtentCount count;
  HAPAX_TRY(rows.read({}, [&](RowCursor& at) -> Result<void> {
    for (at.seek({}); at.valid() && count.extent().is_whole; at.next()) {
      const std::uint64_t cells = count.extent().cells;
      if (cells >= cells_max || (cells % kCellsUntimed == kCellsUntimed - 1 && is_over())) {
        count.extent().is_whole = false;
        return {};
      }
      const auto key = split_view_cell_key(at.key());
      if (!key) {
        return damaged_cell(rows.table());
      }
      count.add(at, key->window);
    }
    return {};
  }));
  return std::move(count.extent());
}

}  // namespace hapax
