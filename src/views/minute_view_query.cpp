// SPDX-License-Identifier: Apache-2.0
// What the view answers. Reads cells in memory and in the store.
#include <string>
#include <utility>

#include "views/minute_view.hpp"
#include "views/page_scan.hpp"

namespace hapax {

Result<CellPage> MinuteView::query(const ViewQuery& query, EventTime watermark) const {
  if (query.to <= query.from) {
    return CellPage();
  }
  PageScan scan(query, watermark);
  HAPAX_TRY(scan.read(undoubted_, [](const CellKeyParts&) { return true; }));
  for (const auto& [epoch, doubted] : doubted_) {
    HAPAX_TRY(scan.read(doubted.cells, [&doubted = doubted](const CellKeyParts& cell) {
      return doubted.holds(cell);
    }));
  }
  CellPage page{.cells = {}, .next = scan.end()};
  HAPAX_ASSIGN(page.cells, combine(scan.take_cells(), watermark));
  if (page.cells.size() > query.cells_max) {
    page.cells.resize(query.cells_max);
    page.next = place_of(page.cells.back());
  }
  return page;
}

/// Those of one cell, which follow each other, become one. Users are a union, so the whole states
/// are needed.
Result<std::vector<Cell>> MinuteView::combine(std::vector<Cell> partials,
                                              EventTime watermark) const {
  if (doubted_.empty()) {
    return partials;
  }
  std::vector<Cell> cells;
  for (Cell& partial : partials) {
    if (cells.empty() || is_before(cells.back(), partial)) {
      cells.push_back(std::move(partial));
      continue;
    }
    std::string group;
    append_cell_group(partial.source, partial.event, group);
    const CellKeyParts key{.start = partial.start, .group = group};
    HAPAX_ASSIGN(const CellState state, whole(key));
    cells.back() = *make_cell(key, state.summary(), watermark);
  }
  return cells;
}

Result<CellState> MinuteView::whole(const CellKeyParts& cell) const {
  CellState whole = CellState::init(seed_);
  HAPAX_ASSIGN(const std::optional<CellState> undoubted, undoubted_.find(cell));
  if (undoubted) {
    whole.combine(*undoubted);
  }
  for (const auto& [epoch, doubted] : doubted_) {
    if (doubted.holds(cell)) {
      HAPAX_ASSIGN(const std::optional<CellState> partial, doubted.cells.find(cell));
      if (partial) {
        whole.combine(*partial);
      }
    }
  }
  return whole;
}

std::vector<Cell> MinuteView::take_changes(EventTime watermark) {
  std::vector<Cell> cells;
  const auto take = [&](const CellKeyParts& cell, const CellSummary& summary) {
    if (std::optional<Cell> made = make_cell(cell, summary, watermark)) {
      cells.push_back(std::move(*made));
    }
  };
  if (doubted_.empty() && untold_.empty()) {
    undoubted_.take_changes([&](const CellKeyParts& cell, const CellState& state) {
      take(cell, state.summary());
      return true;
    });
    return cells;
  }
  for (const std::string& key : take_changed_keys()) {
    const std::optional<CellKeyParts> cell = split_cell_key(key);
    if (const Result<CellState> state = whole(*cell)) {
      take(*cell, state->summary());
    } else {
      untold_.insert(key);  // The store cannot be read; told the next time.
    }
  }
  return cells;
}

std::set<std::string> MinuteView::take_changed_keys() {
  std::set<std::string> keys = std::exchange(untold_, {});
  const auto take = [&](const CellKeyParts& cell, const CellState&) {
    keys.insert(cell_start_key(cell.start).append(cell.group));
    return true;
  };
  undoubted_.take_changes(take);
  for (auto& [epoch, doubted] : doubted_) {
    doubted.cells.take_changes(take);
  }
  return keys;
}

}  // namespace hapax
