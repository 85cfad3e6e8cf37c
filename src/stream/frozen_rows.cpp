// SPDX-License-Identifier: Apache-2.0
#include "stream/frozen_rows.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace hapax {

Result<void> FrozenRows::add_to(StateWrite& write) const {
  std::span<const Row> others;
  if (images) {
    HAPAX_ASSIGN(others, images->all());
  }
  std::vector<const Row*> sorted;
  sorted.reserve(rows.size() + others.size());
  for (const std::span<const Row> some : {std::span(rows), others}) {
    std::ranges::transform(some, std::back_inserter(sorted), [](const Row& row) { return &row; });
  }
  if (sorted.empty() && erased.empty()) {
    return {};
  }
  std::ranges::sort(sorted, {}, [](const Row* row) -> const std::string& { return row->first; });
  StateWrite::Table to{.name = table, .erased = erased};
  for (const Row* const row : sorted) {
    row->second ? to.changes.put(row->first, *row->second) : to.changes.erase(row->first);
  }
  write.tables.push_back(std::move(to));
  return {};
}

}  // namespace hapax
