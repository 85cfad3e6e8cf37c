// SPDX-License-Identifier: Apache-2.0
// What the cells of a view tell readers: those that changed.
#include <algorithm>
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

void ViewCells::visit(const HotCell& cell, const VisitCell& visit_cell) const {
  freezer_.read(
      cell, [&](const Content& content) { visit_cell(cell.window, cell.group, content.state); });
}

void ViewCells::visit_changes(const VisitCell& visit_cell) const {
  for (const HotCell* const cell : changed_) {
    visit(*cell, visit_cell);
  }
}

void ViewCells::visit_unsaved(const VisitCell& visit_cell) const {
  visit_changes(visit_cell);
  freezer_.visit_unsaved([&](const HotCell& cell) {
    if (!cell.changed) {
      visit(cell, visit_cell);
    }
  });
}

std::size_t ViewCells::unsaved_count() const {
  return std::max(changed_.size(), freezer_.unsaved_count());
}

void ViewCells::changes_are_told() {
  for (HotCell* const cell : changed_) {
    cell->changed = false;
  }
  changed_.clear();
}

}  // namespace hapax
