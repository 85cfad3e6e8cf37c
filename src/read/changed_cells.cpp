// SPDX-License-Identifier: Apache-2.0
#include "read/changed_cells.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hapax {
namespace {

auto name_of(const Cell& cell) {
  return std::tie(cell.start, cell.source, cell.event);
}

}  // namespace

void ChangedCells::add(const ViewAnswer& change, Version last) {
  Version version = last - change.cells.size();
  for (const Cell& cell : change.cells) {
    const auto known = versions_.find(name_of(cell));
    if (known == versions_.end()) {
      versions_.emplace(name_of(cell), version);
    } else {
      cells_.erase(std::exchange(known->second, version));
    }
    cells_.emplace_hint(cells_.end(), version++, cell);
  }
  newest_ = last;
  watermark_ = change.watermark;
  complete_until_ = change.complete_until;
}

ChangedCells::Version ChangedCells::visit_after(
    Version version, const std::function<bool(const Cell&)>& visit) const {
  auto cell = cells_.upper_bound(version);
  for (bool more = true; more && cell != cells_.end(); ++cell) {
    more = visit(cell->second);
    version = cell->first;
  }
  return cell == cells_.end() ? newest_ : version;
}

void ChangedCells::forget(Version until) {
  const auto end = cells_.upper_bound(until);
  for (auto cell = cells_.begin(); cell != end; ++cell) {
    versions_.erase(versions_.find(name_of(cell->second)));
  }
  cells_.erase(cells_.begin(), end);
  forgotten_ = std::max(forgotten_, until);
}

void ChangedCells::keep_newest(std::size_t count) {
  if (cells_.size() > count) {
    forget(std::prev(cells_.end(), static_cast<std::ptrdiff_t>(count))->first - 1);
  }
}

}  // namespace hapax
