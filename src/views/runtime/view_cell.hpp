// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/measure/measure_set.hpp"
#include "stream/run_list.hpp"
#include "stream/stored_runs.hpp"

namespace hapax {

/// What one cell of a view holds. Without the revision it is a function of the set of its events.
struct ViewCell {
  MeasureSet measures;
  std::uint64_t revision = 0;  ///< How many of its events were late.

  explicit ViewCell(const MeasurePlan& plan) : measures(plan) {}

  void combine(const ViewCell& other) {
    measures.combine(other.measures);
    revision += other.revision;
  }
};

/// As it is in the store: a summary and runs. Format: docs/formats/views.md.
struct StoredViewCell {
  ViewCell cell;
  RunList runs = {};
};

std::string encode_summary(const ViewCell& cell, const RunList& runs);

/// Nothing when there is no such cell. `cell_key`: window_key() and the group. The plan must
/// outlive what is loaded. Errors: kCorrupt; those of the store.
Result<std::optional<StoredViewCell>> load_view_cell(TableReader& store, std::string_view table,
                                                     std::string_view cell_key,
                                                     const MeasurePlan& plan);

using FrozenViewTable = FrozenTable<MeasureDelta>;

}  // namespace hapax
