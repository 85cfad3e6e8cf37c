// SPDX-License-Identifier: Apache-2.0
#include "views/cell_merge.hpp"

#include <algorithm>

#include "stream/stored_cell.hpp"

namespace hapax {

CellMerge::CellMerge(const ViewSnapshot& view, SnapshotReader& stored, EventTime to)
    : view_(view), stored_(stored), to_(to) {
  const auto& runs = view.runs_.runs();
  runs_.reserve(runs.size());
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    runs_.push_back({.run = run->get()});
  }
  const std::string end = summary_key(cell_start_key(to));
  tables_.reserve(view.tables_.size());
  for (const CellsTable& table : view.tables_) {
    tables_.push_back({.table = &table, .at = stored.cursor(table.name, end)});
  }
}

void CellMerge::seek(std::string_view key) {
  const std::optional<CellKeyParts> from = split_cell_key(key);
  for (RunPlace& place : runs_) {
    place.at = from ? place.run->lower_bound(*from) : 0;
  }
  for (TablePlace& place : tables_) {
    place.at->seek(summary_key(std::max(key, std::string_view(place.table->folded))));
    settle(place);
  }
  settle();
}

void CellMerge::next() {
  for (RunPlace& place : runs_) {
    place.at += place.is_least ? 1 : 0;
  }
  for (TablePlace& place : tables_) {
    if (place.is_least) {
      place.at->next();
      settle(place);
    }
  }
  settle();
}

void CellMerge::settle(TablePlace& place) {
  place.key.reset();
  if (place.at->valid()) {
    place.key = split_cell_key(place.at->key().substr(1));
    damaged_ = damaged_ || !place.key;
  }
}

/// Finds the least key, and who is there.
void CellMerge::settle() {
  std::optional<CellKeyParts> least;
  const auto offer = [&](const CellKeyParts& key) {
    if (!least || key < *least) {
      least = key;
    }
  };
  for (const RunPlace& place : runs_) {
    if (place.at < place.run->size() && place.run->key(place.at).start < to_) {
      offer(place.run->key(place.at));
    }
  }
  for (const TablePlace& place : tables_) {
    if (place.key) {
      offer(*place.key);
    }
  }
  for (RunPlace& place : runs_) {
    place.is_least = least && place.at < place.run->size() && place.run->key(place.at) == *least;
  }
  for (TablePlace& place : tables_) {
    place.is_least = least && place.key == least;
  }
  key_ = status() ? least : std::nullopt;
}

Result<CellSummary> CellMerge::summary() {
  const auto newest = std::ranges::find_if(runs_, &RunPlace::is_least);
  return newest != runs_.end() ? (*newest->run)[newest->at].summary : stored_summary();
}

/// Users are a union, so of several parts the whole states are needed.
Result<CellSummary> CellMerge::stored_summary() {
  if (std::ranges::count_if(tables_, &TablePlace::is_least) == 1) {
    const auto place = std::ranges::find_if(tables_, &TablePlace::is_least);
    const std::optional<CellSummary> summary = decode_summary(place->at->value());
    return summary ? Result<CellSummary>(*summary) : damaged_cell();
  }
  const std::string key = cell_start_key(key_->start).append(key_->group);
  CellState whole = CellState::init(view_.seed_);
  for (const TablePlace& place : tables_) {
    if (place.is_least) {
      HAPAX_ASSIGN(const auto part, load_cell(stored_, place.table->name, key, view_.seed_));
      if (!part) {
        return damaged_cell();
      }
      whole.combine(part->state);
    }
  }
  return whole.summary();
}

Result<void> CellMerge::status() const {
  if (damaged_) {
    return damaged_cell();
  }
  for (const TablePlace& place : tables_) {
    HAPAX_TRY(place.at->status());
  }
  return {};
}

}  // namespace hapax
