// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

/// The change for people (kSqlTablePrefix and the view's name) that goes with a change of a view's
/// table of cells: a row for each cell that holds something, of the same key, with its window and
/// group, and those of its measures that a function of SQL makes one of, under that function's
/// name. Format: docs/postgres.md, "For people". A function of what it is given: so it is published
/// together with the cells, and nothing of it is kept.
/// `is_sampled`: the cells are of a sample of the view's keys. Their numbers are not those of all,
/// so none is said.
/// Cost: some microseconds a cell. Errors: kCorrupt, a cell is damaged.
Result<StateWrite::Table> sql_change(const StateWrite::Table& cells, const ViewShape& shape,
                                     bool is_sampled);

}  // namespace hapax
