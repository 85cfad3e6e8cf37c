// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/cell_key.hpp"
#include "views/view_snapshot.hpp"

namespace hapax {

/// Goes over the cells of a snapshot by key, each once and whole, wherever its parts are.
/// Threading: one owner. Lifetime: snapshot and reader must outlive it.
class CellMerge {
 public:
  /// The cells that start before `to`. seek() first.
  CellMerge(const ViewSnapshot& view, SnapshotReader& stored, EventTime to);

  /// Moves to the first cell at or after `key` (cell_key.hpp).
  void seek(std::string_view key);
  void next();
  /// False behind the last cell, and after an error.
  bool valid() const { return key_.has_value(); }
  /// Of the cell; until it moves.
  const CellKeyParts& key() const { return *key_; }
  /// Of the cell. Errors: kCorrupt; those of the store.
  Result<CellSummary> summary();
  /// Errors: kCorrupt; those of the store.
  Result<void> status() const;

 private:
  struct RunPlace {
    const CellRun* run;
    std::size_t at = 0;
    bool is_least = false;
  };
  struct TablePlace {
    const CellsTable* table;
    std::unique_ptr<StateCursor> at;
    std::optional<CellKeyParts> key = {};
    bool is_least = false;
  };

  void settle();
  void settle(TablePlace& place);
  Result<CellSummary> stored_summary();

  const ViewSnapshot& view_;
  SnapshotReader& stored_;
  const EventTime to_;
  std::vector<RunPlace> runs_;  // Newest first.
  std::vector<TablePlace> tables_;
  std::optional<CellKeyParts> key_;
  bool damaged_ = false;
};

}  // namespace hapax
