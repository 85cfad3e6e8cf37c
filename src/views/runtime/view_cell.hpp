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
#include "stream/measure/deep_ptr.hpp"
#include "stream/measure/heavy_sketch.hpp"
#include "stream/measure/measure_set.hpp"
#include "stream/run_list.hpp"
#include "stream/stored_runs.hpp"

namespace hapax {

/// What came to a cell since its last take_delta(). Under the laws of GrowingMeasure.
class CellDelta {
 public:
  /// Of no event.
  explicit CellDelta(const MeasurePlan& plan) : measures_(plan) {}

  std::size_t size() const { return measures_.size() + heavy_.size(); }
  void encode(ByteWriter& out);
  [[nodiscard]] bool decode(ByteReader& in);

 private:
  friend struct ViewCell;
  CellDelta(MeasureDelta measures, HeavySketch heavy)
      : measures_(std::move(measures)), heavy_(std::move(heavy)) {}

  MeasureDelta measures_;
  HeavySketch heavy_;
};

/// What one cell of a view holds. Without the revision it is a function of the set of what is in
/// it: events, or keys or sessions, which may be taken out again.
struct ViewCell {
  MeasureSet measures;
  std::uint64_t size = 0;           ///< How many are in it. None: readers see no such cell.
  std::uint64_t revision = 0;       ///< How often something late changed it, emptied it included.
  DeepPtr<HeavyCounts> heavy = {};  ///< Of all other groups: how often each of them came.

  explicit ViewCell(const MeasurePlan& plan) : measures(plan) {}

  void combine(const ViewCell& other);
  /// So many events of a group that has no cell, which `measures` took in.
  void count_group(const HeavyItem& group, std::uint64_t count);
  std::vector<HeavyFound> heavy_groups() const;
  std::size_t bytes() const;  ///< Of memory beyond sizeof.

  /// See MeasureSet.
  CellDelta take_delta();
  [[nodiscard]] bool decode_delta(ByteReader& in);
};

/// As it is in the store: a summary and runs. Format: docs/formats/views.md.
struct StoredViewCell {
  ViewCell cell;
  RunList runs = {};
};

std::string encode_summary(const ViewCell& cell, const RunList& runs);

/// What readers get of a cell: what its summary begins with, without the runs. Empty when there is
/// nothing to be known of it any more: readers pass over it, and over what is stored of it.
std::string encode_value(const ViewCell& cell);
/// Nothing is in the cell: what is known is how often it was revised, for when something comes
/// back.
bool holds_nothing(std::string_view value);
/// Reads that of either.
struct ViewCellValue {
  std::uint64_t revision = 0;
  std::uint64_t size = 0;  ///< How many events are in it; of a view over keys: keys or sessions.
  std::vector<MeasureResult> results = {};  ///< By measure.
  /// Of all other groups: those that came often, without the source if that is in the group.
  std::vector<HeavyFound> heavy = {};
};
/// `length`: ViewShape::length_of() the cell's window. Nothing when it is damaged, or empty.
std::optional<ViewCellValue> decode_value(std::string_view bytes, const MeasurePlan& plan,
                                          Microseconds length);

/// Takes into `cell` what is of fixed size in another one, of which that reads the bytes: sizes,
/// revisions and measures that do not grow. False when they are damaged, or empty.
[[nodiscard]] bool combine_value(std::string_view bytes, ViewCell& cell);
/// The same of a summary. Returns the runs that the rest of the cell is in, for
/// ViewCell::decode_delta(); nothing when it is damaged.
std::optional<RunList> combine_summary(std::string_view bytes, ViewCell& cell);

/// Nothing when there is no such cell. `cell_key`: window_key() and the group. The plan must
/// outlive what is loaded. Errors: kCorrupt; those of the store.
Result<std::optional<StoredViewCell>> load_view_cell(TableReader& store, std::string_view table,
                                                     std::string_view cell_key,
                                                     const MeasurePlan& plan);

using FrozenViewTable = FrozenTable<CellDelta>;

}  // namespace hapax
