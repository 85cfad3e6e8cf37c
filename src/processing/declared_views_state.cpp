// SPDX-License-Identifier: Apache-2.0
// What is kept of declared views: in memory until a checkpoint, in tables and manifest.
#include <algorithm>
#include <iterator>
#include <utility>

#include "processing/declared_views.hpp"

namespace hapax {
namespace {

Error damaged() {
  return {ErrorKind::kCorrupt, "what is stored of the declared views is damaged"};
}

}  // namespace

Result<void> FrozenViews::add_to(StateWrite& write, TableReader& store) const {
  FrozenRows hours{.table = kHoursTable, .erased = dropped_hours};
  for (const FrozenRunningView& view : views) {
    HAPAX_TRY(view.add_to(write, store));
    std::ranges::copy(view.hours.rows, std::back_inserter(hours.rows));
    std::ranges::copy(view.hours.erased, std::back_inserter(hours.erased));
  }
  HAPAX_TRY(hours.add_to(write));
  for (const std::string& table : dropped_tables) {
    write.tables.push_back({.name = table, .dropped = true});
  }
  return {};
}

bool FrozenViews::is_lost() const {
  return std::ranges::any_of(views, &FrozenRunningView::is_lost);
}

void FrozenViews::let_go() const {
  std::ranges::for_each(views, &FrozenRunningView::let_go);
}

DeclaredViews::DeclaredViews(const Parts& parts, std::uint64_t seed, const ViewSettings& settings)
    : parts_(parts),
      seed_(seed),
      group_limit_{.groups_max = settings.groups_max, .hasher = parts.ids},
      event_ahead_max_(settings.event_ahead_max),
      accounts_keep_(settings.accounts_keep),
      key_limit_{.bytes_max = settings.keys_bytes_max, .hasher = parts.ids} {}

std::vector<DeclaredViews::LiveView> DeclaredViews::live_views() const {
  std::vector<LiveView> live;
  for (const View& view : views_) {
    if (view.is(Stage::kLive)) {
      live.push_back(
          {.id = view.id(), .running = *view.running, .complete_from = view.complete_from});
    }
  }
  return live;
}

std::vector<std::string> DeclaredViews::cell_tables() const {
  std::vector<std::string> tables;
  for (const View& view : views_) {
    if (view.running) {
      tables.push_back(view.running->cells().table());
    }
  }
  return tables;
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

FrozenViews DeclaredViews::freeze() {
  FrozenViews frozen{.views = {},
                     .dropped_tables = std::exchange(dropped_tables_, {}),
                     .dropped_hours = std::exchange(dropped_hours_, {})};
  for (const View& view : views_) {
    if (view.running) {
      frozen.alive.push_back(view.running);
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

std::size_t DeclaredViews::evict(const Eviction& what) {
  Eviction left = what;
  for (const View& view : views_) {
    if (view.running && left.count_max > 0) {
      left.over = view.is(Stage::kLive) ? what.over : EventTime::min();
      left.count_max -= view.running->evict(left);
    }
  }
  return what.count_max - left.count_max;
}

std::optional<std::uint32_t> DeclaredViews::oldest() const {
  std::optional<std::uint32_t> oldest;
  for (const View& view : views_) {
    oldest = std::max(oldest, view.running ? view.running->oldest() : std::nullopt);
  }
  return oldest;
}

void DeclaredViews::forget_over(EventTime over) {
  for (const View& view : views_) {
    if (view.is(Stage::kLive)) {
      view.running->forget_over(over);
    }
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

void DeclaredViews::add_keys(ProcessorStats& stats) const {
  for (const View& view : views_) {
    const auto keys = view.running ? view.running->key_report() : std::nullopt;
    if (keys) {
      const double fill = static_cast<double>(keys->bytes) / static_cast<double>(keys->bytes_max);
      stats.view_keys_fill = std::max(stats.view_keys_fill, fill);
      stats.views_sampled += keys->windows_sampled > 0 ? 1 : 0;
    }
  }
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

void DeclaredViews::encode_tallies(ByteWriter& out) const {
  for (const View& view : views_) {
    if (view.running) {
      encode_tally(view.running->filtered(), out);
      out.put_u8(view.earlier ? 1 : 0);
      encode_tally(view.earlier.value_or(EventTally()), out);
    }
  }
}

Result<void> DeclaredViews::restore_tallies(ByteReader& in) {
  for (View& view : views_) {
    view.running->restore_filtered(decode_tally(in));
    const bool is_known = in.u8() != 0;
    const EventTally earlier = decode_tally(in);
    view.earlier = is_known ? std::optional(earlier) : std::nullopt;
  }
  return {};
}

void DeclaredViews::encode_hours(ByteWriter& out) const {
  for (const View& view : views_) {
    if (view.running) {
      view.running->hours().encode(out);
    }
  }
}

Result<void> DeclaredViews::restore_hours(ByteReader& in) {
  for (const View& view : views_) {
    if (!view.running->hours().decode(in)) {
      return damaged();
    }
  }
  return {};
}

void DeclaredViews::begin_hours(ProcessingTime newest) {
  for (const View& view : views_) {
    view.running->hours().begin_after(newest, view.running->account());
  }
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
    HAPAX_ASSIGN(backfill_, parts_.history.restore(view_inputs_, in));
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
  View view{.declared = {.id = id, .spec = parsed}, .running = nullptr};
  auto running = run(view.declared);
  if (!running) {
    Error error = running.error();
    error.message = "the stored view \"" + id + "\" cannot be made: " + error.message;
    return error;
  }
  view.running = std::move(*running);
  if (!view.running->cells().restore_living_from(living_from) || !view.running->restore(in)) {
    return Error{ErrorKind::kCorrupt, "what is stored of the view \"" + id + "\" is damaged"};
  }
  view.stage = static_cast<Stage>(stage);
  view.complete_from = has_begin ? std::optional(complete_from) : std::nullopt;
  views_.push_back(std::move(view));
  return {};
}

}  // namespace hapax
