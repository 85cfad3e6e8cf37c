// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "stream/stored_cell.hpp"

namespace hapax {

/// Every cell of a table by its key: revision, then all of its aggregates. Unlike the stored bytes,
/// which tell when checkpoints were made, these are equal for equal cells.
inline std::map<std::string, std::string> whole_cells(StateStore& store, std::string_view table) {
  std::map<std::string, std::string> cells;
  store
      .scan(table, summary_key(""), summary_keys_end(),
            [&](std::string_view key, std::string_view) {
              cells.emplace(key.substr(1), "");
              return true;
            })
      .value();
  for (auto& [key, bytes] : cells) {
    const StoredCell cell = load_cell(store, table, key, 0).value().value();
    ByteWriter out(bytes);
    out.put_u64(cell.state.revision);
    cell.state.aggregates.encode(out);
  }
  return cells;
}

}  // namespace hapax
