// SPDX-License-Identifier: Apache-2.0
#include "processing/declared_views.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "core/time_math.hpp"

namespace hapax {
namespace {

/// For reports alone: no result depends on it.
using Stopwatch = std::chrono::steady_clock;
constexpr std::uint64_t kTimedOneIn = 256;

EventTally given_to(const RunningView& view) {
  return view.filtered() + view.account().whole().matching;
}

}  // namespace

DeclaredViews::View DeclaredViews::make(const CatalogView& declared, bool is_beginning) {
  View view{.declared = declared, .running = nullptr};
  auto running = run(declared);
  if (running) {
    view.running = std::move(*running);
    view.stage = is_beginning ? Stage::kLive : Stage::kWaiting;
  } else {
    view.error = running.error().text();
  }
  return view;
}

Result<std::unique_ptr<RunningView>> DeclaredViews::run(const CatalogView& declared) {
  return make_running_view(declared.spec, view_inputs_, seed_, parts_.store, declared.id,
                           group_limit_, key_limit_);
}

void DeclaredViews::drop(const View& view) {
  if (view.running) {
    std::ranges::move(view.running->tables(), std::back_inserter(dropped_tables_));
    dropped_hours_.push_back(HourlyAccounts::rows_of(view.id()));
  }
}

void DeclaredViews::drop_tables(std::vector<std::string> tables) {
  std::ranges::move(tables, std::back_inserter(dropped_tables_));
}

/// The catalog has it, or another one of its name that does not take its place yet.
bool DeclaredViews::is_wanted(const View& view, const ViewCatalog& catalog) const {
  const CatalogView* const declared = catalog.find(view.declared.spec.name);
  if (declared == nullptr || declared->id == view.id()) {
    return declared != nullptr;
  }
  const auto next = std::ranges::find(views_, declared->id, &View::id);
  return view.is(Stage::kLive) && (next == views_.end() || !next->is(Stage::kLive));
}

void DeclaredViews::follow(const ViewCatalog& catalog, bool is_beginning) {
  if (catalog.number < number_) {
    return;  // Whoever says so is behind: views that are newer than it are not given up for that.
  }
  number_ = catalog.number;
  for (const CatalogView& declared : catalog.views) {
    const auto known = std::ranges::find(views_, declared.id, &View::id);
    if (known != views_.end()) {
      known->declared = declared;
    } else {
      views_.push_back(make(declared, is_beginning));
    }
  }
  // All are judged before the first goes: one may stay for the sake of another.
  std::set<std::string> gone;
  for (const View& view : views_) {
    if (!is_wanted(view, catalog)) {
      gone.insert(view.id());
      drop(view);
    }
  }
  std::erase_if(views_, [&](const View& view) { return gone.contains(view.id()); });
  std::ranges::sort(views_, {}, [](const View& view) {
    return std::tie(view.declared.spec.name, view.declared.id);
  });
  list_running();
  serve();
}

void DeclaredViews::list_running() {
  live_.clear();
  backfilled_.clear();
  for (const View& view : views_) {
    if (view.is(Stage::kLive)) {
      live_.push_back(view.running.get());
    } else if (view.is(Stage::kBackfilled)) {
      backfilled_.push_back(view.running.get());
    }
  }
  costs_.assign(live_.size(), {});
  share_live();
  if (backfilled_.empty()) {
    backfill_.reset();
  }
}

void DeclaredViews::serve() {
  ServedViews::ByName served;
  for (const View& view : views_) {
    if (view.is(Stage::kLive)) {
      served[view.declared.spec.name] =
          std::make_shared<const ServedView>(ServedView{.id = view.id(),
                                                        .shape = view.running->shape(),
                                                        .complete_from = view.complete_from,
                                                        .retired_at = view.declared.retired_at});
    }
  }
  parts_.served.set(std::move(served));
}

void DeclaredViews::share_live() {
  shares_.clear();
  for (std::size_t i = 0; i < std::min(live_.size(), parts_.shares_max); ++i) {
    shares_.emplace_back(view_inputs_, parts_.ids);
  }
  for (std::size_t live = 0; live < live_.size(); ++live) {
    shares_[live % shares_.size()].views.push_back(live);
  }
}

Result<void> DeclaredViews::count(const Block& block, std::size_t share) {
  return block.each_from(
      shares_[share].place, [&](const TakenBatch& taken, std::size_t event) -> Result<void> {
        return taken.verdicts[event] == Verdict::kUnique
                   ? count(taken.events[event], taken.standings[event].closed_until, shares_[share])
                   : Result<void>();
      });
}

/// What `closed_until` has passed is late.
Result<void> DeclaredViews::count(const KeyedEvent& event, EventTime closed_until, Share& share) {
  share.inputs.read(event);
  const bool is_timed = ++share.events % kTimedOneIn == 0;
  for (; share.views_done < share.views.size(); ++share.views_done) {
    const std::size_t live = share.views[share.views_done];
    const auto began = is_timed ? Stopwatch::now() : Stopwatch::time_point();
    HAPAX_TRY(live_[live]->add(share.inputs, closed_until));
    if (is_timed) {
      ++costs_[live].events;
      costs_[live].took += Stopwatch::now() - began;
    }
  }
  share.views_done = 0;
  return {};
}

void DeclaredViews::end_block() {
  for (Share& share : shares_) {
    share.place = {};
  }
}

/// Whether the event that its share is at is counted in it.
bool DeclaredViews::has_counted_next(std::size_t live) const {
  return live / shares_.size() < share_of(live).views_done;
}

Result<bool> DeclaredViews::backfill(const Counted& counted, std::size_t bytes_max) {
  if (!backfill_) {
    HAPAX_ASSIGN(const bool begun, begin_backfill());
    if (!begun) {
      return false;
    }
  }
  const std::uint64_t before = backfill_->records_done();
  const Result<bool> all = backfill_->advance(backfilled_, counted.until, counted.corrections,
                                              1 + bytes_max / backfilled_.size());
  if (!all && may_be_retried(all.error())) {
    return all.error();
  }
  const bool any = backfill_->records_done() != before;
  if (!all) {
    fail_backfill(all.error());
  } else if (*all && backfill_->knows_beginning(counted.settled)) {
    end_backfill(backfill_->complete_from(counted.settled), counted.tally.whole());
  } else {
    return any;
  }
  return true;
}

/// Of all that wait; false when none does.
Result<bool> DeclaredViews::begin_backfill() {
  const auto waits = [](const View& view) { return view.is(Stage::kWaiting) && view.running; };
  if (std::ranges::none_of(views_, waits)) {
    return false;
  }
  Result<std::unique_ptr<HistoryReader>> begun = parts_.history.begin(view_inputs_);
  if (!begun && may_be_retried(begun.error())) {
    return begun.error();
  }
  for (View& view : views_) {
    view.stage = waits(view) ? Stage::kBackfilled : view.stage;
  }
  if (!begun) {
    fail_backfill(begun.error());
    return false;
  }
  backfill_ = std::move(*begun);
  list_running();
  return true;
}

/// They are live, and take the place of those that they were made for. What the log did not hold is
/// what they lack by now.
void DeclaredViews::end_backfill(std::optional<ProcessingTime> received_from,
                                 const EventTally& counted) {
  for (View& view : views_) {
    if (view.is(Stage::kBackfilled)) {
      view.stage = Stage::kLive;
      view.complete_from = received_from
                               ? std::optional(complete_from(*received_from, *view.running))
                               : std::nullopt;
      if (received_from) {
        view.running->hours().lack_before(*received_from);
      }
      if (received_from || !view.earlier) {
        view.earlier = counted - given_to(*view.running);
      }
    }
  }
  follow_catalog(number_);
}

/// What is missing was received before, may be of a later time, and may belong to what is behind
/// it.
EventTime DeclaredViews::complete_from(ProcessingTime received, const RunningView& view) const {
  return saturating_add(saturating_add(as_event_time(received), event_ahead_max_), view.reach());
}

/// What is counted of them goes: they may hold a batch in part.
void DeclaredViews::fail_backfill(const Error& error) {
  for (View& view : views_) {
    if (view.is(Stage::kBackfilled)) {
      drop(view);
      view.running.reset();
      view.stage = Stage::kWaiting;
      view.error = error.text();
    }
  }
  list_running();
}

bool DeclaredViews::is_making() const {
  return std::ranges::any_of(
      views_, [](const View& view) { return view.running && !view.is(Stage::kLive); });
}

void DeclaredViews::begin_tallies(const EventTally& counted) {
  for (View& view : views_) {
    view.earlier.reset();
    if (view.is(Stage::kLive)) {
      view.earlier = counted - given_to(*view.running);
    }
  }
}

// Hours that cannot be read are kept: whoever reads them is told.
void DeclaredViews::drop_expired(ProcessingTime until) {
  const ProcessingTime hours_until = saturating_add(until, -accounts_keep_);
  for (RunningView* const view : live_) {
    view->drop_expired(until);
    view->hours().drop_before(hours_until).permit_unchecked_error();
  }
}

}  // namespace hapax
