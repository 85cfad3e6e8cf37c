// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/frozen_images.hpp"

namespace hapax {

/// Changed rows of one table, as of one moment.
struct FrozenRows {
  using Row = std::pair<std::string, std::optional<std::string>>;

  std::string table;
  std::vector<Row> rows = {};                  ///< Each key once, in any order; no value: it goes.
  std::vector<StateWrite::Range> erased = {};  ///< What goes before the rows are written.
  std::shared_ptr<FrozenImages<Row>> images = nullptr;  ///< Rows of other keys; null: none.

  /// Adds the table, unless nothing of it changes. Errors: those of FrozenImages.
  Result<void> add_to(StateWrite& write) const;
};

}  // namespace hapax
