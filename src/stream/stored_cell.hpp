// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/cell_state.hpp"
#include "stream/run_list.hpp"
#include "stream/stored_runs.hpp"

namespace hapax {

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

using FrozenCells = FrozenTable<CellAggregates::Deltas>;

}  // namespace hapax
