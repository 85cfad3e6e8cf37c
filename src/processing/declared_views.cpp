// SPDX-License-Identifier: Apache-2.0
#include "processing/declared_views.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

/// For reports alone: no result depends on it.
using Stopwatch = std::chrono::steady_clock;
constexpr std::uint64_t kTimedOneIn = 256;

Error damaged() {
  return {ErrorKind::kCorrupt, "what is stored of the declared views is damaged"};
}

}  // namespace

Result<void> FrozenViews::add_to(StateWrite& write, TableReader& store) const {
  for (const FrozenRunningView& view : views) {
    HAPAX_TRY(view.add_to(write, store));
  }
  for (const std::string& table : dropped_tables) {
    write.tables.push_back({.name = table, .dropped = true});
  }
  return {};
}

DeclaredViews::DeclaredViews(const Parts& parts, std::uint64_t seed)
    : parts_(parts), seed_(seed), inputs_(view_inputs_, parts.ids) {}

DeclaredViews::View DeclaredViews::make(const CatalogView& declared) {
  View view{.declared = declared, .running = nullptr};
  auto running = make_running_view(declared.spec, view_inputs_, seed_, parts_.store, declared.id);
  if (running) {
    view.running = std::move(*running);
  } else {
    view.error = running.error().text();
  }
  return view;
}

void DeclaredViews::drop(const View& view) {
  if (view.running) {
    std::ranges::move(view.running->tables(), std::back_inserter(dropped_tables_));
  }
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
  number_ = catalog.number;
  for (const CatalogView& declared : catalog.views) {
    const auto known = std::ranges::find(views_, declared.id, &View::id);
    if (known != views_.end()) {
      known->declared = declared;
    } else {
      views_.push_back(make(declared));
      if (is_beginning && views_.back().running) {
        views_.back().stage = Stage::kLive;
      }
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

Result<void> DeclaredViews::add(const KeyedEvent& event, EventTime closed_until,
                                std::size_t& done) {
  if (live_.empty()) {
    return {};
  }
  inputs_.read(event);
  const bool is_timed = ++events_ % kTimedOneIn == 0;
  for (; done < live_.size(); ++done) {
    const auto began = is_timed ? Stopwatch::now() : Stopwatch::time_point();
    HAPAX_TRY(live_[done]->add(inputs_, closed_until));
    if (is_timed) {
      ++costs_[done].events;
      costs_[done].took += Stopwatch::now() - began;
    }
  }
  done = 0;
  return {};
}

Result<bool> DeclaredViews::backfill(const Counted& counted, const ResultSettings& settings,
                                     std::size_t bytes_max) {
  if (!backfill_) {
    HAPAX_ASSIGN(const bool begun, begin_backfill(settings));
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
    end_backfill(backfill_->complete_from(counted.settled));
  } else {
    return any;
  }
  return true;
}

/// Of all that wait; false when none does.
Result<bool> DeclaredViews::begin_backfill(const ResultSettings& settings) {
  const auto waits = [](const View& view) { return view.is(Stage::kWaiting) && view.running; };
  if (std::ranges::none_of(views_, waits)) {
    return false;
  }
  Result<std::unique_ptr<Backfill>> begun = Backfill::begin(backfill_parts(), settings);
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

/// They are live, and take the place of those that they were made for.
void DeclaredViews::end_backfill(std::optional<EventTime> complete_from) {
  for (View& view : views_) {
    if (view.is(Stage::kBackfilled)) {
      view.stage = Stage::kLive;
      view.complete_from = complete_from;
    }
  }
  follow_catalog(number_);
}

Backfill::Parts DeclaredViews::backfill_parts() const {
  return {
      .log = parts_.log, .verdicts = parts_.verdicts, .ids = parts_.ids, .inputs = view_inputs_};
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

std::vector<std::string> DeclaredViews::live_ids() const {
  std::vector<std::string> ids;
  for (const View& view : views_) {
    if (view.is(Stage::kLive)) {
      ids.push_back(view.id());
    }
  }
  std::ranges::sort(ids);
  return ids;
}

std::optional<std::vector<std::string>> DeclaredViews::live_ids_in(ByteReader& in) {
  in.u32();  // Number of the catalog.
  const std::uint32_t count = in.u32();
  std::vector<std::string> ids;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    ids.emplace_back(in.string());
  }
  return in.ok() ? std::optional(std::move(ids)) : std::nullopt;
}

void DeclaredViews::drop_expired(ProcessingTime until) {
  for (RunningView* const view : live_) {
    view->drop_expired(until);
  }
}

FrozenViews DeclaredViews::freeze() {
  FrozenViews frozen{.views = {}, .dropped_tables = std::exchange(dropped_tables_, {})};
  for (const View& view : views_) {
    if (view.running) {
      frozen.views.push_back(view.running->freeze());
    }
  }
  return frozen;
}

void DeclaredViews::commit() {
  for (const View& view : views_) {
    if (view.running) {
      view.running->commit();
    }
  }
}

void DeclaredViews::evict(EventTime complete, bool all) {
  for (const View& view : views_) {
    if (!view.running) {
      continue;
    }
    if (view.is(Stage::kLive) || all) {
      view.running->evict(all ? EventTime::max() : complete);
    }
    view.running->evict_idle();
  }
}

bool DeclaredViews::dirty() const {
  return !dropped_tables_.empty() || std::ranges::any_of(views_, [](const View& view) {
    return view.running && view.running->dirty();
  });
}

template <typename Number>
std::size_t DeclaredViews::sum(Number number) const {
  std::size_t sum = 0;
  for (const View& view : views_) {
    sum += view.running ? number(*view.running) : 0;
  }
  return sum;
}

std::size_t DeclaredViews::memory_bytes() const {
  return sum([](const RunningView& view) { return view.memory_bytes(); });
}

std::size_t DeclaredViews::hot_cells() const {
  return sum([](const RunningView& view) { return view.hot_cells(); });
}

void DeclaredViews::encode(ByteWriter& out) const {
  out.put_u32(number_);
  const std::vector<std::string> live = live_ids();
  out.put_u32(static_cast<std::uint32_t>(live.size()));
  for (const std::string& id : live) {
    out.put_string(id);
  }
  out.put_u32(static_cast<std::uint32_t>(
      std::ranges::count_if(views_, [](const View& view) { return view.running != nullptr; })));
  for (const View& view : views_) {
    if (view.running) {
      encode_view(view, out);
    }
  }
  out.put_u8(backfill_ ? 1 : 0);
  if (backfill_) {
    backfill_->encode(out);
  }
}

void DeclaredViews::encode_view(const View& view, ByteWriter& out) const {
  out.put_string(view.id());
  out.put_string(view_json(view.declared.spec));
  out.put_u8(static_cast<std::uint8_t>(view.stage));
  out.put_u8(view.complete_from ? 1 : 0);
  out.put_time(view.complete_from.value_or(EventTime::min()));
  out.put_string(view.running->cells().living_from());
  view.running->encode(out);
}

Result<void> DeclaredViews::restore(ByteReader& in) {
  ByteReader head = in;
  number_ = head.u32();
  if (!live_ids_in(in)) {
    return damaged();
  }
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    HAPAX_TRY(restore_view(in));
  }
  if (in.u8() != 0) {
    HAPAX_ASSIGN(backfill_, Backfill::restore(backfill_parts(), in));
  }
  list_running();
  serve();
  return {};
}

Result<void> DeclaredViews::restore_view(ByteReader& in) {
  const std::string id(in.string());
  const std::string spec(in.string());
  const std::uint8_t stage = in.u8();
  const bool has_begin = in.u8() != 0;
  const EventTime complete_from = in.event_time();
  const std::string living_from(in.string());
  if (!in.ok() || stage > static_cast<std::uint8_t>(Stage::kLive)) {
    return damaged();
  }
  HAPAX_ASSIGN(const ViewSpec parsed, parse_view_json(spec));
  View view = make({.id = id, .spec = parsed});
  if (!view.running) {
    return Error{ErrorKind::kInvalid,
                 "the stored view \"" + id + "\" cannot be made: " + view.error};
  }
  if (!view.running->cells().restore_living_from(living_from) || !view.running->restore(in)) {
    return Error{ErrorKind::kCorrupt, "what is stored of the view \"" + id + "\" is damaged"};
  }
  view.stage = static_cast<Stage>(stage);
  view.complete_from = has_begin ? std::optional(complete_from) : std::nullopt;
  views_.push_back(std::move(view));
  return {};
}

std::vector<ViewChange> DeclaredViews::publish(std::span<const std::string> wanted, bool anew) {
  std::set<std::string, std::less<>> before = std::exchange(read_, {});
  std::vector<ViewChange> changes;
  for (View& view : views_) {
    const bool was_read = before.contains(view.id());
    const bool is_wanted = std::ranges::find(wanted, view.id()) != wanted.end();
    if (view.is(Stage::kLive) && (was_read || is_wanted)) {
      changes.push_back(change_of(view, anew || !was_read));
      read_.insert(view.id());
    }
  }
  return changes;
}

ViewChange DeclaredViews::change_of(View& view, bool begins) {
  ViewCells& cells = view.running->cells();
  ViewChange change{.id = view.id(),
                    .shape = view.running->shape(),
                    .table = cells.table(),
                    .living_from = cells.living_from(),
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

void DeclaredViews::end_publishing() {
  for (const View& view : views_) {
    if (view.running) {
      view.running->cells().track_changes(false);
    }
  }
  read_.clear();
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
    for (const auto& [source, account] : view.running->account().sources()) {
      report.account.add(account);
    }
  }
  return report;
}

}  // namespace hapax
