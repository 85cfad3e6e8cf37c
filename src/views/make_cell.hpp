// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ports/view_store.hpp"
#include "stream/cell_key.hpp"
#include "stream/cell_state.hpp"

namespace hapax {

/// The cell that a summary is of, as answers have it. Nothing when `key` is damaged.
std::optional<Cell> make_cell(const CellKeyParts& key, const CellSummary& summary,
                              EventTime watermark);

}  // namespace hapax
