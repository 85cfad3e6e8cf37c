// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "ports/state_store.hpp"
#include "views/make_cell.hpp"
#include "views/minute_view.hpp"
#include "views/view_snapshot.hpp"

namespace hapax {

/// `run`, in order.
inline std::shared_ptr<const CellRun> sorted(CellRun run) {
  run.sort();
  return std::make_shared<const CellRun>(std::move(run));
}

/// The view as a reader has it who begins now. Changes are not noted after it.
inline Result<ViewSnapshot> snapshot_of(MinuteView& view, StateStore& store) {
  HAPAX_ASSIGN(CellRun unsaved, view.begin_changes());
  view.end_changes();
  HAPAX_ASSIGN(auto stored, store.snapshot());
  ViewSnapshot snapshot(std::move(stored), view.stored_tables(), 0);
  snapshot.add(sorted(std::move(unsaved)));
  return snapshot;
}

/// What a reader of the view gets.
inline Result<CellPage> read_view(MinuteView& view, StateStore& store, const ViewQuery& query,
                                  EventTime watermark) {
  HAPAX_ASSIGN(const ViewSnapshot snapshot, snapshot_of(view, store));
  return snapshot.query(query, watermark);
}

/// The cells of a run as answers have them, by key.
inline std::vector<Cell> cells_of(CellRun run, EventTime watermark) {
  run.sort();
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < run.size(); ++i) {
    cells.push_back(make_cell(run.key(i), run[i].summary, watermark).value());
  }
  return cells;
}

}  // namespace hapax
