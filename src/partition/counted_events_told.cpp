// SPDX-License-Identifier: Apache-2.0
// What readers are told of what is counted before it is kept.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "partition/counted_events.hpp"
#include "partition/counting.hpp"
#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/whole_cell_rows.hpp"

namespace hapax {
namespace {

/// What a row takes beside its key and value.
constexpr std::size_t kRowBytes = 8;

/// Rows as they come, for a table that wants them by key.
class ToldRows {
 public:
  ToldRows(const MeasurePlan& plan, std::size_t bytes_max) : plan_(plan), bytes_max_(bytes_max) {}

  void add(const Window& window, std::string_view group, const ViewCell& cell) {
    if (is_full()) {
      return;
    }
    const std::string key = window_key(window).append(group);
    WholeCellRows whole = encode_whole(cell, plan_);
    put(summary_key(key), std::move(whole.summary));
    if (plan_.grows() || cell.heavy) {
      put(run_key(key, 0), std::move(whole.run));
    }
  }
  /// There may be more that it has not taken.
  bool is_full() const { return bytes_ > bytes_max_; }
  std::size_t bytes() const { return bytes_; }
  StateWrite::Table table(const std::string& name) {
    std::ranges::sort(rows_);
    StateWrite::Table table{.name = name};
    table.changes.reserve(rows_.size(), bytes_);
    for (const auto& [key, value] : rows_) {
      value.empty() ? table.changes.erase(key) : table.changes.put(key, value);
    }
    return table;
  }

 private:
  void put(std::string key, std::string value) {
    bytes_ += key.size() + value.size() + kRowBytes;
    rows_.emplace_back(std::move(key), std::move(value));
  }

  const MeasurePlan& plan_;
  const std::size_t bytes_max_;
  std::vector<std::pair<std::string, std::string>> rows_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<std::optional<CountedEvents::Told>> CountedEvents::tell(const CountedPlace& place,
                                                               const TellLimits& limits,
                                                               bool anew) {
  HAPAX_TRY(apply());
  if (unsaved_cells() > limits.cells_max) {
    end_telling();
    return std::optional<Told>();
  }
  place_ = place;
  pass_watermark();
  Told told{.since = stored_until_, .change = {}};
  std::size_t bytes_left = limits.bytes_max;
  for (const DeclaredViews::LiveView& view : counting_->views.live_views()) {
    ViewCells& cells = view.running.cells();
    ToldRows rows(view.running.plan().measures(), bytes_left);
    const auto add = [&rows](const Window& window, std::string_view group, const ViewCell& cell) {
      rows.add(window, group, cell);
    };
    if (anew || !cells.tracks_changes()) {  // It was made since.
      cells.visit_unsaved(add);
      cells.track_changes(true);
    } else {
      cells.visit_changes(add);
    }
    if (rows.is_full()) {
      end_telling();
      return std::optional<Told>();
    }
    cells.changes_are_told();
    bytes_left -= rows.bytes();
    told.change.tables.push_back(rows.table(cells.table()));
  }
  told.change.manifest = encode_published(manifest());
  return std::optional(std::move(told));
}

std::size_t CountedEvents::unsaved_cells() const {
  std::size_t count = 0;
  for (const DeclaredViews::LiveView& view : counting_->views.live_views()) {
    count += view.running.cells().unsaved_count();
  }
  return count;
}

void CountedEvents::end_telling() {
  for (const DeclaredViews::LiveView& view : counting_->views.live_views()) {
    view.running.cells().track_changes(false);
  }
}

}  // namespace hapax
