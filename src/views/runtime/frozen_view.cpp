// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/frozen_view.hpp"

#include <algorithm>

namespace hapax {

Result<void> FrozenRunningView::add_to(StateWrite& write, TableReader& store) const {
  HAPAX_TRY(cells.add_to(write, store));
  for (const FrozenRows& rows : others) {
    HAPAX_TRY(rows.add_to(write));
  }
  return {};
}

bool FrozenRunningView::is_lost() const {
  return cells.cells->is_lost() || std::ranges::any_of(others, [](const FrozenRows& rows) {
           return rows.images && rows.images->is_lost();
         });
}

void FrozenRunningView::let_go() const {
  cells.cells->let_go();
  for (const FrozenRows& rows : others) {
    if (rows.images) {
      rows.images->let_go();
    }
  }
}

}  // namespace hapax
