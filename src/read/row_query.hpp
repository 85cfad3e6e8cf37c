// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "ports/audit_report.hpp"
#include "record/receipt.hpp"
#include "stream/measure/measure_result.hpp"
#include "stream/measure/owned_value.hpp"
#include "stream/window/window_assigner.hpp"
#include "stream/window/window_spec.hpp"
#include "views/runtime/served_views.hpp"

namespace hapax {

/// Windows that start in [from, to).
struct TimeRange {
  EventTime from = EventTime::min();
  EventTime to = EventTime::max();

  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

/// What a field of the group must be.
struct GroupValue {
  std::size_t field = 0;  ///< Of ViewShape::group_fields.
  OwnedValue value = {};
};

/// A measure by which rows are ranked. Rows of all other groups come last, before them those
/// without an answer; of equal ones the one with the lower key comes first.
struct RowOrder {
  std::size_t measure = 0;  ///< Of the view's; its answers are numbers.
  bool descending = false;
};

/// A place in the order of time: behind the row with that key, window_key() and its group.
struct RowPlace {
  std::size_t range = 0;
  std::string key = {};

  friend bool operator==(const RowPlace&, const RowPlace&) = default;
};

enum class RowFormat : std::uint8_t { kJson, kCsv };

/// What is asked of a declared view.
struct RowQuery {
  static constexpr std::size_t kRangesMax = 16;
  static constexpr std::size_t kRowsDefault = 1'000;
  static constexpr std::size_t kRowsMax = 10'000;

  std::shared_ptr<const ServedView> view;
  std::vector<TimeRange> ranges = {TimeRange()};  ///< At least one; of one without windows, all.
  std::vector<GroupValue> where = {};             ///< Each field once, ascending.
  std::vector<std::size_t> measures = {};         ///< Those that are said, of the view's.
  std::optional<RowOrder> order = {};             ///< Nothing: by range, window and group.
  /// The windows of the rows, in place of the view's: each of those lies in one of these.
  std::optional<WindowSpec> window = {};
  /// Of ViewShape::group_fields, ascending: rows are of these alone, over all values of the others.
  /// Nothing: of all.
  std::optional<std::vector<std::size_t>> group_by = {};
  bool final_only = false;
  /// Rows of coarser windows say the heavy groups, too, which takes whole cells. Not with group_by.
  bool wants_heavy = false;
  std::optional<Receipt> after = {};         ///< Answer only once the view includes these events.
  std::chrono::milliseconds wait_max{5000};  ///< Bound of waiting for `after`.
  std::optional<RowPlace> behind = {};       ///< Only rows behind it. Not with `order`.
  std::size_t rows_max = kRowsDefault;       ///< 1 or more; with `order`, of each range.
  EventTime now = {};                        ///< For Row::is_current.
  RowFormat format = RowFormat::kJson;

  const ViewShape& shape() const { return *view->shape; }
  const WindowSpec& row_window() const { return window ? *window : shape().spec.window; }
  bool has_windows() const { return row_window().kind != WindowKind::kNone; }
  /// A row is of several cells.
  bool rolls_up() const { return window || group_by; }
  /// Those of Row::group.
  std::vector<Field> group_fields() const {
    std::vector<Field> fields;
    for (const std::size_t field : group_by.value_or(std::vector<std::size_t>())) {
      fields.push_back(shape().group_fields[field]);
    }
    return group_by ? fields : shape().group_fields;
  }
  /// Whether that stands for all other groups: it has fewer values than group_fields().
  bool is_other(const std::vector<OwnedValue>& group) const {
    return group.size() < (group_by ? group_by->size() : shape().group_fields.size());
  }
  /// A measure that grows is said, or ranks.
  bool says_growing() const {
    const auto grows = [this](std::size_t measure) {
      return measure_traits(shape().spec.measures[measure].kind).grows;
    };
    return std::ranges::any_of(measures, grows) || (order && grows(order->measure));
  }
  /// Results do not add up: what growing measures keep has to be combined.
  bool needs_whole_cells() const { return rolls_up() && (wants_heavy || says_growing()); }
  /// The only one that is asked for.
  std::optional<std::string> source() const {
    const bool is_asked = !where.empty() && where[0].field == 0 && !shape().group_fields.empty() &&
                          shape().group_fields[0] == Field{.kind = FieldKind::kSource};
    const auto* source = is_asked ? std::get_if<std::string>(&where[0].value) : nullptr;
    return source != nullptr ? std::optional(*source) : std::nullopt;
  }
};

/// One of all other groups, which came often.
struct HeavyGroup {
  /// By RowQuery::group_fields(), as far as they are known.
  std::vector<OwnedValue> group = {};
  bool is_cut = false;      ///< The last value may be a beginning; those behind it are not known.
  std::uint64_t count = 0;  ///< Of events, not too low,
  std::uint64_t error = 0;  ///< and not by more than this too high: HeavySketch.
};

/// One window of one group, or of all that have no own row.
struct Row {
  std::size_t range = 0;  ///< Of RowQuery::ranges.
  Window window = {};
  /// By RowQuery::group_fields(). Of all other groups the source, if it is one of these.
  std::vector<OwnedValue> group = {};
  std::vector<MeasureResult> results = {};  ///< By RowQuery::measures.
  std::uint64_t revision = 0;               ///< How often it was corrected.
  /// The watermark has passed the end of the window, and the gap behind the sessions of it.
  bool is_final = false;
  bool is_current = false;  ///< It is the present window, so it is incomplete.
  /// It may lack events: from before the view was made, or of windows that were dropped.
  bool is_partial = false;
  bool is_other = false;  ///< All groups of the window, or of a source in it, that have no own row.
  /// Less than 1: it is an estimate, as keys are counted with this probability. See scale_up().
  double share = 1;
  std::vector<HeavyGroup> heavy = {};  ///< Of these, the most frequent first.
};

/// Without rows and `next` it is said when the newest event was, but for later pages.
struct RowAnswer {
  EventTime watermark;
  /// Every row that ends at or before it is final; nothing: there are no windows.
  std::optional<EventTime> complete_until = {};
  std::vector<Row> rows = {};
  std::optional<RowPlace> next = {};  ///< There may be more behind it.
  /// With RowQuery::order: how many rows there are, said or not.
  std::optional<std::uint64_t> matched = {};
  /// When the view has no row at all that is asked for: of all events of the source that is asked
  /// for, or of all sources. Nothing when there was none.
  std::optional<NewestEvent> newest = {};
  /// In so many windows of the view, of each source, groups that may be wanted are among the
  /// others.
  std::uint64_t windows_cut = 0;
};

}  // namespace hapax
