// SPDX-License-Identifier: Apache-2.0
// What declared views tell: those that read them what changed, their owner how they stand.
#include <algorithm>
#include <utility>

#include "processing/declared_views.hpp"
#include "views/runtime/group_key.hpp"
#include "views/view_source.hpp"

namespace hapax {

std::vector<ViewChange> DeclaredViews::publish(std::span<const std::string> wanted,
                                               EventTime watermark, bool anew) {
  const auto before = std::exchange(read_, {});
  std::vector<ViewChange> changes;
  for (View& view : views_) {
    if (!view.is(Stage::kLive)) {
      continue;
    }
    const auto known = before.find(view.id());
    const bool was_read = known != before.end();
    const bool is_wanted = std::ranges::find(wanted, view.id()) != wanted.end();
    if (is_wanted || (was_read && (!anew || known->second.is_asked))) {
      changes.push_back(change_of(view, watermark, anew || !was_read));
      const bool was_asked = was_read && !anew && known->second.is_asked;
      read_[view.id()] = {.is_asked = is_wanted || was_asked,
                          .next_end = view.running->next_end(watermark)};
    } else if (was_read) {
      view.running->cells().track_changes(false);
    }
  }
  return changes;
}

bool DeclaredViews::has_news(EventTime watermark) {
  return std::ranges::any_of(read_, [&](const auto& reading) {
    const auto view = std::ranges::find(views_, reading.first, &View::id);
    return view == views_.end() || !view->is(Stage::kLive) ||
           view->running->next_end(watermark) != reading.second.next_end;
  });
}

ViewChange DeclaredViews::change_of(View& view, EventTime watermark, bool begins) {
  ViewCells& cells = view.running->cells();
  ViewChange change{.id = view.id(),
                    .shape = view.running->shape(),
                    .table = cells.table(),
                    .living_from = cells.living_from(),
                    .settled_until = view.running->settle(watermark),
                    .key_shares = view.running->key_shares(),
                    .begins = begins};
  const auto add = [&](const Window& window, std::string_view group, const ViewCell& cell) {
    change.changed.add(window_key(window).append(group), encode_value(cell));
  };
  if (begins) {
    cells.visit_unsaved(add);
    cells.track_changes(true);
  } else {
    change.changed.reserve(cells.change_count());
    cells.visit_changes(add);
  }
  cells.changes_are_told();
  return change;
}

Result<RowSnapshot> DeclaredViews::whole_rows(const WholeRowsQuery& query, EventTime watermark,
                                              std::shared_ptr<const StateSnapshot> stored) {
  const auto view = std::ranges::find(views_, query.view, &View::id);
  if (view == views_.end() || !view->is(Stage::kLive)) {
    return view_gone();
  }
  RunningView& running = *view->running;
  HAPAX_ASSIGN(RowSnapshot rows,
               take_whole_rows(running.cells(), running.shape(), std::move(stored), query));
  rows.settle(running.settle(watermark));
  rows.sample(running.key_shares());
  return rows;
}

Result<ViewBooks> DeclaredViews::books(std::string_view id,
                                       std::shared_ptr<const StateSnapshot> stored) const {
  const auto view = std::ranges::find(views_, id, &View::id);
  if (view == views_.end() || !view->is(Stage::kLive)) {
    return view_gone();
  }
  ViewBooks books = view->running->hours().books(std::move(stored));
  const auto& whole = view->running->account().sources();
  books.whole.insert(whole.begin(), whole.end());
  return books;
}

void DeclaredViews::settle(EventTime watermark) {
  for (RunningView* const view : live_) {
    view->settle(watermark);
  }
}

void DeclaredViews::end_publishing() {
  for (const View& view : views_) {
    if (view.running) {
      view.running->cells().track_changes(false);
    }
  }
  read_.clear();
}

std::vector<ViewAudit> DeclaredViews::audit(const EventTally& before, const Block& block) const {
  std::vector<ViewAudit> audits;
  audits.reserve(live_.size());
  for (const View& view : views_) {
    if (!view.is(Stage::kLive)) {
      continue;
    }
    BlockPlace place = share_of(audits.size()).place;
    place.events += has_counted_next(audits.size()) ? 1 : 0;
    const SourceAccount account = view.running->account().whole();
    audits.push_back({.view = view.id(),
                      .unique = before + block.unique_before(place),
                      .earlier = view.earlier.value_or(EventTally()),
                      .filtered = view.running->filtered(),
                      .matching = account.matching,
                      .counted = account.counted,
                      .expired = account.expired,
                      .without_key = account.without_key});
  }
  return audits;
}

std::vector<ViewReport> DeclaredViews::report(std::span<const Offset> until) const {
  std::vector<ViewReport> reports;
  reports.reserve(views_.size());
  for (const View& view : views_) {
    reports.push_back(report_of(view, until));
  }
  return reports;
}

ViewReport DeclaredViews::report_of(const View& view, std::span<const Offset> until) const {
  ViewReport report{.id = view.id(), .error = view.error, .complete_from = view.complete_from};
  report.state = view.is(Stage::kLive)      ? ViewState::kLive
                 : view.is(Stage::kWaiting) ? ViewState::kWaiting
                                            : ViewState::kBackfilling;
  if (view.is(Stage::kBackfilled)) {
    report.progress = {.records_done = backfill_->records_done(),
                       .records_total = backfill_->records_total(until)};
  }
  if (const auto live = std::ranges::find(live_, view.running.get()); live != live_.end()) {
    const Cost& cost = costs_[static_cast<std::size_t>(live - live_.begin())];
    report.nanoseconds_per_event =
        cost.events > 0 ? static_cast<double>(cost.took.count()) / static_cast<double>(cost.events)
                        : 0;
  }
  if (view.running) {
    report.shape = view.running->shape();
    report.hot_cells = view.running->hot_cells();
    report.memory_bytes = view.running->memory_bytes();
    report.account = view.running->account().whole();
    report.keys = view.running->key_report();
  }
  return report;
}

}  // namespace hapax
