// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/cell_state.hpp"
#include "stream/run_list.hpp"

namespace hapax {

// A stored cell is its summary, and the runs that this lists (docs/formats/state.md). They are
// apart, so that a scan passes over the summaries alone.

/// Keys of a table of cells.
std::string summary_key(std::string_view cell_key);
std::string summary_keys_end();  ///< After every summary.
std::string run_key(std::string_view cell_key, std::uint32_t number);

std::string encode_summary(const CellState& state, const RunList& runs);
/// Empty when `encoded` is damaged.
std::optional<CellSummary> decode_summary(std::string_view encoded);

struct StoredCell {
  CellState state;
  RunList runs;
};
/// Nothing when there is no such cell. Errors: kCorrupt; those of the store.
Result<std::optional<StoredCell>> load_cell(TableReader& store, std::string_view table,
                                            std::string_view cell_key, std::uint64_t seed);

Error damaged_cell();

/// The changed cells of one table, as of one moment, so that another thread can write them. Until
/// then nothing else changes them in the store.
struct FrozenCells {
  struct FrozenCell {
    std::string key;
    std::string summary;
    CellAggregates::Deltas delta;  ///< What came since the last freeze.
    RunList::Append run;           ///< How to write that, when there is any.
  };
  std::string table;
  std::vector<FrozenCell> cells;

  /// Adds the table. Reads the runs of the store that new ones take in. Errors: kCorrupt; those of
  /// the store.
  Result<void> add_to(StateWrite& write, StateStore& store) const;
};

}  // namespace hapax
