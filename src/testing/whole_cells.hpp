// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "bytes/bytes.hpp"
#include "ports/state_store.hpp"
#include "stream/stored_runs.hpp"
#include "views/runtime/served_views.hpp"
#include "views/runtime/view_cell.hpp"

namespace hapax {

/// What a view's cells hold, by key: revision and all measures.
using ViewCellsByKey = std::map<std::string, std::string>;

/// Every stored cell of a view. Unlike the stored bytes, which tell when checkpoints were made,
/// these are equal for equal cells.
inline ViewCellsByKey whole_cells(StateStore& store, const ServedView& view) {
  const std::string table = "view." + view.id;
  ViewCellsByKey cells;
  store
      .scan(table, summary_key(""), summary_keys_end(),
            [&](std::string_view key, std::string_view value) {
              if (!holds_nothing(value)) {
                cells.emplace(key.substr(1), "");
              }
              return true;
            })
      .value();
  for (auto& [key, bytes] : cells) {
    const StoredViewCell cell =
        load_view_cell(store, table, key, view.shape->measures).value().value();
    ByteWriter out(bytes);
    out.put_u64(cell.cell.revision);
    cell.cell.measures.encode(out);
  }
  return cells;
}

}  // namespace hapax
