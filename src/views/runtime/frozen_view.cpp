// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/frozen_view.hpp"

#include <algorithm>

namespace hapax {

void FrozenRows::add_to(StateWrite& write) const {
  std::vector<const Row*> sorted;
  sorted.reserve(rows.size());
  for (const Row& row : rows) {
    sorted.push_back(&row);
  }
  std::ranges::sort(sorted, {}, [](const Row* row) -> const std::string& { return row->first; });
  StateWrite::Table to{.name = table, .erased = erased};
  for (const Row* const row : sorted) {
    row->second ? to.changes.put(row->first, *row->second) : to.changes.erase(row->first);
  }
  write.tables.push_back(std::move(to));
}

Result<void> FrozenRunningView::add_to(StateWrite& write, TableReader& store) const {
  HAPAX_TRY(cells.add_to(write, store));
  for (const FrozenRows& rows : others) {
    rows.add_to(write);
  }
  return {};
}

bool FrozenRunningView::is_lost() const {
  return cells.cells->is_lost();
}

void FrozenRunningView::let_go() const {
  cells.cells->let_go();
}

}  // namespace hapax
