// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/frozen_rows.hpp"
#include "views/runtime/view_cell.hpp"

namespace hapax {

/// What a declared view has to write, as of one moment, so that another thread can do it. Until
/// then nothing else changes its tables. Lifetime: until it is written the view must live.
struct FrozenRunningView {
  FrozenViewTable cells;
  FrozenRows hours;                     ///< Of its accounts, in a table that views share.
  std::vector<FrozenRows> others = {};  ///< What is beside the cells: the states of keys.

  /// Adds the tables but for that of the hours. Reads the runs of the store that new ones take in.
  /// Errors: kCorrupt; those of FrozenImages and the store.
  Result<void> add_to(StateWrite& write, TableReader& store) const;
  /// As those of FrozenImages.
  bool is_lost() const;
  void let_go() const;
};

}  // namespace hapax
