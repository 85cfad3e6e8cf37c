// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/measure/measure_set.hpp"
#include "stream/run_list.hpp"
#include "stream/stored_runs.hpp"

namespace hapax {

/// What one cell of a view holds. Without the revision it is a function of the set of what is in
/// it: events, or keys or sessions, which may be taken out again.
struct ViewCell {
  MeasureSet measures;
  std::uint64_t size = 0;      ///< How many are in it. None: there is no such cell.
  std::uint64_t revision = 0;  ///< How often something late changed it, since something is in it.

  explicit ViewCell(const MeasurePlan& plan) : measures(plan) {}

  void combine(const ViewCell& other) {
    measures.combine(other.measures);
    size += other.size;
    revision += other.revision;
  }
};

/// As it is in the store: a summary and runs. Format: docs/formats/views.md.
struct StoredViewCell {
  ViewCell cell;
  RunList runs = {};
};

std::string encode_summary(const ViewCell& cell, const RunList& runs);

/// What readers get of a cell: what its summary begins with, without the runs. Empty when nothing
/// is in it any more: readers pass over it, and over what is stored of it.
std::string encode_value(const ViewCell& cell);
/// Reads that of either.
struct ViewCellValue {
  std::uint64_t revision = 0;
  std::uint64_t size = 0;  ///< How many events are in it; of a view over keys: keys or sessions.
  std::vector<MeasureResult> results = {};  ///< By measure.
};
/// `length`: ViewShape::length_of() the cell's window. Nothing when it is damaged, or empty.
std::optional<ViewCellValue> decode_value(std::string_view bytes, const MeasurePlan& plan,
                                          Microseconds length);

/// Takes into `cell` what is of fixed size in another one, of which that reads the bytes: sizes,
/// revisions and measures that do not grow. False when they are damaged, or empty.
[[nodiscard]] bool combine_value(std::string_view bytes, ViewCell& cell);
/// The same of a summary. Returns the runs that the rest of the cell is in, for
/// MeasureSet::decode_delta(); nothing when it is damaged.
std::optional<RunList> combine_summary(std::string_view bytes, ViewCell& cell);

/// Nothing when there is no such cell. `cell_key`: window_key() and the group. The plan must
/// outlive what is loaded. Errors: kCorrupt; those of the store.
Result<std::optional<StoredViewCell>> load_view_cell(TableReader& store, std::string_view table,
                                                     std::string_view cell_key,
                                                     const MeasurePlan& plan);

using FrozenViewTable = FrozenTable<MeasureDelta>;

}  // namespace hapax
