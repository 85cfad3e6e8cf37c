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

/// Rows as they come, for a table that wants them by key.
class ToldRows {
 public:
  explicit ToldRows(const MeasurePlan& plan) : plan_(plan) {}

  void add(const Window& window, std::string_view group, const ViewCell& cell) {
    const std::string key = window_key(window).append(group);
    WholeCellRows whole = encode_whole(cell, plan_);
    put(summary_key(key), std::move(whole.summary));
    if (plan_.grows() || cell.heavy) {
      put(run_key(key, 0), std::move(whole.run));
    }
  }
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
    bytes_ += key.size() + value.size();
    rows_.emplace_back(std::move(key), std::move(value));
  }

  const MeasurePlan& plan_;
  std::vector<std::pair<std::string, std::string>> rows_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<CountedEvents::Told> CountedEvents::tell(const CountedPlace& place, bool anew) {
  HAPAX_TRY(apply());
  place_ = place;
  pass_watermark();
  Told told{.since = stored_until_, .change = {.manifest = encode_published(manifest())}};
  for (const DeclaredViews::LiveView& view : counting_->views.live_views()) {
    ViewCells& cells = view.running.cells();
    ToldRows rows(view.running.plan().measures());
    const auto add = [&rows](const Window& window, std::string_view group, const ViewCell& cell) {
      rows.add(window, group, cell);
    };
    if (anew) {
      cells.visit_unsaved(add);
      cells.track_changes(true);
    } else {
      cells.visit_changes(add);
    }
    cells.changes_are_told();
    told.change.tables.push_back(rows.table(cells.table()));
  }
  return told;
}

void CountedEvents::end_telling() {
  for (const DeclaredViews::LiveView& view : counting_->views.live_views()) {
    view.running.cells().track_changes(false);
  }
}

}  // namespace hapax
