// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "read/cell_walk.hpp"
#include "stream/window/window_assigner.hpp"
#include "views/runtime/view_cell.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

/// Whether each window of `fine` lies in one of `coarse`. Errors: kInvalid, with the reason.
Result<void> check_roll_up(const WindowSpec& fine, const WindowSpec& coarse);

/// What rolling up may take.
struct RollUpLimits {
  std::size_t groups_max = 0;  ///< Of a window.
  std::size_t bytes_max = 0;   ///< Of what the measures of a window's groups keep.
};

/// Makes one row of the cells of a coarser window, of a coarser group or of both, for one window
/// after the other.
/// Where the keys of its windows are a sample, results are scaled up, if all have one share.
/// Threading: one owner. Lifetime: `cells` must outlive it.
class RollUp {
 public:
  /// False ends it.
  using Give = std::function<Result<bool>(const Window& window, std::string_view group,
                                          ViewCellValue value, double share)>;

  using GroupBy = std::optional<std::vector<std::size_t>>;

  /// `windows`, `group_by`: nothing for those of the view. `whole`: with what growing measures
  /// keep, else these mean nothing in the rows.
  RollUp(const RowSnapshot& cells, std::optional<WindowAssigner> windows, GroupBy group_by,
         const RollUpLimits& limits, bool whole)
      : cells_(cells),
        shape_(cells.shape()),
        windows_(std::move(windows)),
        group_by_(std::move(group_by)),
        limits_(limits),
        whole_(whole) {}

  /// The window of rows that a window of the view is in.
  Window window_of(const Window& fine) {
    return windows_ ? windows_->windows_of(fine.start).front() : fine;
  }

  /// Takes a cell in, by key. Gives the rows of the window before, once the cell is of another one;
  /// false when `give` ended it. Errors: kCorrupt; kExhausted, beyond the limits, or of two shares
  /// of the keys; those of the store and of `give`.
  Result<bool> add(const WalkedCell& cell, const Give& give);
  /// Gives the rows of the last window.
  Result<bool> finish(const Give& give);

  /// Whose rows were not given yet.
  const std::optional<Window>& window() const { return window_; }

 private:
  std::string_view group_of(const WalkedCell& cell);
  Result<void> take_in(const WalkedCell& cell, ViewCell& group);

  const RowSnapshot& cells_;
  const ViewShape& shape_;
  std::optional<WindowAssigner> windows_;
  const GroupBy group_by_;
  const RollUpLimits limits_;
  const bool whole_;
  std::optional<Window> window_;
  double share_ = 1;       // Of all cells of the window so far.
  std::string group_;      // Of the cell at hand.
  std::size_t bytes_ = 0;  // Of groups_.
  std::map<std::string, ViewCell, std::less<>> groups_;
};

}  // namespace hapax
