// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "read/cell_walk.hpp"
#include "read/row_query.hpp"
#include "views/runtime/row_snapshot.hpp"

namespace hapax {

/// Answers a query from the cells of its view at one moment. In the order of time the answer ends
/// where the budget does, and says where to go on; ranks and rolled up windows are of all cells or
/// are an error.
/// Errors: kExhausted, the budget is spent; kCorrupt; those of the store.
Result<RowAnswer> read_rows(const RowSnapshot& cells, const RowQuery& query, EventTime watermark,
                            const RowBudget& budget = {});

}  // namespace hapax
