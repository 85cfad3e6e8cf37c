// SPDX-License-Identifier: Apache-2.0
// What the view tells readers: whole cells that changed.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "views/minute_view.hpp"

namespace hapax {

template <typename Visit>
void MinuteView::for_each_table(Visit visit) {
  visit(undoubted_);
  for (auto& [epoch, doubted] : doubted_) {
    visit(doubted.cells);
  }
}

bool MinuteView::has_changes() const {
  return undoubted_.has_changes() || std::ranges::any_of(doubted_, [](const auto& one) {
           return one.second.cells.has_changes();
         });
}

Result<CellRun> MinuteView::begin_changes() {
  Result<CellRun> begun = told([](const CellTable& cells, const CellTable::VisitChanged& visit) {
    cells.visit_unsaved(visit);
  });
  if (begun) {
    tracking_ = true;
    for_each_table([](CellTable& cells) { cells.track_changes(true); });
  }
  return begun;
}

Result<CellRun> MinuteView::take_changes() {
  return told([](const CellTable& cells, const CellTable::VisitChanged& visit) {
    cells.visit_changes(visit);
  });
}

void MinuteView::end_changes() {
  tracking_ = false;
  for_each_table([](CellTable& cells) { cells.track_changes(false); });
}

/// The cells of all tables that `visit_cells` visits; they are told once nothing can fail any more.
template <typename VisitCells>
Result<CellRun> MinuteView::told(VisitCells visit_cells) {
  CellRun run;
  if (doubted_.empty()) {
    run.reserve(undoubted_.change_count());
    visit_cells(undoubted_, [&](const CellKeyParts& cell, const CellState& state,
                                std::uint64_t added) { run.add(cell, state.summary(), added); });
  } else {
    std::map<std::string, std::uint64_t> added;
    for_each_table([&](const CellTable& cells) {
      visit_cells(cells, [&](const CellKeyParts& cell, const CellState&, std::uint64_t more) {
        added[cell_start_key(cell.start).append(cell.group)] += more;
      });
    });
    HAPAX_ASSIGN(run, whole_cells(added));
  }
  for_each_table([](CellTable& cells) { cells.changes_are_told(); });
  return run;
}

/// Of every key, with what was added to it.
Result<CellRun> MinuteView::whole_cells(const std::map<std::string, std::uint64_t>& added) const {
  CellRun run;
  run.reserve(added.size());
  for (const auto& [key, more] : added) {
    const std::optional<CellKeyParts> cell = split_cell_key(key);
    HAPAX_ASSIGN(const CellState state, whole(*cell));
    run.add(*cell, state.summary(), more);
  }
  return run;
}

Result<CellState> MinuteView::whole(const CellKeyParts& cell) const {
  CellState whole = CellState::init(seed_);
  HAPAX_ASSIGN(const std::optional<CellState> undoubted, undoubted_.find(cell));
  if (undoubted) {
    whole.combine(*undoubted);
  }
  for (const auto& [epoch, doubted] : doubted_) {
    if (doubted.holds(cell)) {
      HAPAX_ASSIGN(const std::optional<CellState> partial, doubted.cells.find(cell));
      if (partial) {
        whole.combine(*partial);
      }
    }
  }
  return whole;
}

}  // namespace hapax
