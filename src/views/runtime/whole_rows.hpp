// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/state_store.hpp"
#include "views/runtime/row_snapshot.hpp"
#include "views/runtime/view_cells.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

/// Which cells of a declared view somebody wants whole.
struct WholeRowsQuery {
  std::string view;     ///< Its id.
  std::string from;     ///< Keys, or what they begin with, in [from, to).
  std::string to = {};  ///< Empty: to the last one.
  std::function<bool(std::string_view group)> wants = [](std::string_view) { return true; };
  /// Of the cells that have to be copied, as the store may not hold them as they are.
  std::size_t bytes_max = 64U << 20U;
};

/// The cells that a WholeRowsQuery wants, at one moment: others may be missing, or old. For
/// RowCursor::combine_into().
struct WholeRows {
  RowSnapshot rows;
  EventTime watermark;
};

/// `stored`: with all that was written before. Cost: a step for each cell that the store may not
/// hold as it is, and a copy of those that are wanted. Errors: kExhausted, they are more than
/// query.bytes_max.
Result<RowSnapshot> take_whole_rows(const ViewCells& cells, std::shared_ptr<const ViewShape> shape,
                                    std::shared_ptr<const StateSnapshot> stored,
                                    const WholeRowsQuery& query);

}  // namespace hapax
