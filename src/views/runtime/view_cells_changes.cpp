// SPDX-License-Identifier: Apache-2.0
// What the cells of a view tell readers: those that changed.
#include <utility>

#include "views/runtime/view_cells.hpp"

namespace hapax {

void ViewCells::note_change(HotCell& cell) {
  if (tracking_ && !std::exchange(cell.changed, true)) {
    changed_.push_back(&cell);
  }
}

void ViewCells::track_changes(bool track) {
  tracking_ = track;
  if (!track) {
    changes_are_told();
  }
}

void ViewCells::visit_changes(const VisitCell& visit) const {
  for (const HotCell* const cell : changed_) {
    visit(cell->window, cell->group, cell->state);
  }
}

void ViewCells::visit_unsaved(const VisitCell& visit) const {
  visit_changes(visit);
  for (const HotCell* const cell : dirty_) {
    if (!cell->changed) {
      visit(cell->window, cell->group, cell->state);
    }
  }
  for (const HotCell* const cell : frozen_) {
    if (!cell->changed && !cell->dirty) {
      visit(cell->window, cell->group, cell->state);
    }
  }
}

void ViewCells::changes_are_told() {
  for (HotCell* const cell : changed_) {
    cell->changed = false;
  }
  changed_.clear();
}

}  // namespace hapax
