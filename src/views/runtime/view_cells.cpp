// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_cells.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "hash/hash.hpp"
#include "stream/watermark.hpp"
#include "views/runtime/erase_of_window.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

// Node, flags, state; what the allocator adds to each.
constexpr std::size_t kCellOverheadBytes = 330;

}  // namespace

std::string ViewCells::HotCell::key() const {
  return window_key(window).append(group);
}

// The group is here, in what is frozen, and in what is written.
std::size_t ViewCells::HotCell::bytes(const Content& content) const {
  return kCellOverheadBytes + 3 * group.size() + content.state.bytes();
}

std::size_t ViewCells::GroupHash::operator()(std::string_view group) const {
  return hash64(group, seed);
}

ViewCells::HashedGroup ViewCells::hashed(std::string_view group) const {
  return {.group = group, .hash = hash64(group, plan_.seed())};
}

// All cells are there before the first one changes.
Result<void> ViewCells::add(std::span<const Window> windows, std::string_view group,
                            const MeasuredEvent& event, EventTime watermark) {
  const HashedGroup named = hashed(group);
  touched_.clear();
  merged_.clear();
  made_.clear();
  for (const Window& window : windows) {
    HAPAX_TRY(or_nothing(limit_ ? touch_limited(window, named) : touch_next(window, named)));
  }
  merge_touched(watermark);
  for (const Touched& touched : touched_) {
    take_in(*touched.cell, event, is_closed(touched.cell->window.end, watermark));
    if (touched.is_other) {
      count_group(*touched.cell, {.hash = touched.hash, .group = group}, 1);
    }
    tell_kept(touched);
  }
  return {};
}

Result<void> ViewCells::change(std::span<const CellChange> changes) {
  assert(!limit_);
  touched_.clear();
  made_.clear();
  for (const CellChange& change : changes) {
    HAPAX_TRY(or_nothing(touch_next(change.window, hashed(change.group))));
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const MeasuredEvent event{.time = {}, .id = {}, .samples = changes[i].samples};
    changes[i].leaves ? take_out(*touched_[i].cell, event, changes[i].is_late)
                      : take_in(*touched_[i].cell, event, changes[i].is_late);
  }
  return {};
}

Result<void> ViewCells::or_nothing(Result<void> touched) {
  if (!touched) {
    for (HotCell* const made : std::exchange(made_, {})) {
      forget(*made);
    }
  }
  return touched;
}

Result<void> ViewCells::touch_next(const Window& window, const HashedGroup& group) {
  HAPAX_ASSIGN(HotCell* const cell, touch(window, group));
  touched_.push_back({.cell = cell});
  return {};
}

void ViewCells::take_in(HotCell& cell, const MeasuredEvent& event, bool is_late) {
  ViewCell& state = state_of(cell);
  memory_bytes_ += state.measures.update(event);
  ++state.size;
  state.revision += is_late ? 1 : 0;
  note_touch(cell);
}

void ViewCells::take_out(HotCell& cell, const MeasuredEvent& event, bool is_late) {
  ViewCell& state = state_of(cell);
  assert(state.size > 0);
  memory_bytes_ -= state.bytes();
  state.measures.retract(event);
  memory_bytes_ += state.bytes();
  --state.size;
  state.revision += is_late ? 1 : 0;
  note_touch(cell);
}

void ViewCells::note_touch(HotCell& cell) {
  note_change(cell);
  freezer_.note_change(cell);
}

Result<ViewCells::HotCell*> ViewCells::touch(const Window& window, const HashedGroup& group) {
  if (HotCell* const hot = find_hot(window, group)) {
    return hot;
  }
  return load(window, group);
}

/// The one that is asked for is the next one's first guess.
ViewCells::HotCell* ViewCells::find_hot(const Window& window, const HashedGroup& group) {
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
  const auto start = static_cast<std::uint64_t>(to_micros(window.start));
  HotCell*& recent = recent_[((group.hash + start * kGolden) * kGolden >> 32U) % recent_.size()];
  if (recent != nullptr && recent->window == window && recent->group == group.group) {
    return recent;
  }
  const auto groups = windows_.find(window);
  if (groups == windows_.end()) {
    return nullptr;
  }
  const auto found = groups->second.find(group);
  return found == groups->second.end() ? nullptr : recent = &found->second;
}

Result<ViewCells::HotCell*> ViewCells::load(const Window& window, const HashedGroup& group) {
  Groups& groups = windows_.try_emplace(window, 0, GroupHash{.seed = plan_.seed()}).first->second;
  const std::string key = window_key(window).append(group.group);
  assert(!is_dropped(window));
  HAPAX_ASSIGN(std::optional<StoredViewCell> stored, load_view_cell(store_, table_, key, plan_));
  const auto made = groups.try_emplace(
      std::string(group.group), window,
      stored ? Content{.runs = std::move(stored->runs), .state = std::move(stored->cell)}
             : Content{.state = ViewCell(plan_)});
  HotCell& cell = made.first->second;
  cell.group = made.first->first;
  freezer_.add(cell);
  made_.push_back(&cell);
  ++hot_cells_;
  memory_bytes_ += cell.bytes(freezer_.open(cell));
  return &cell;
}

FrozenViewTable ViewCells::freeze() {
  FrozenViewTable frozen{.table = table_, .cells = freezer_.freeze()};
  if (!dropped_before_.empty()) {
    frozen.erased = ranges_below(std::exchange(dropped_before_, {}));
  }
  return frozen;
}

std::size_t ViewCells::HotCell::freeze(Content& content, std::vector<FrozenCell>& to) const {
  ViewCell& state = content.state;
  const std::size_t before = state.bytes();
  FrozenCell frozen{.key = key(), .summary = {}, .delta = state.take_delta(), .run = {}};
  if (state.size == 0) {
    frozen.run.taken_in = std::exchange(content.runs, {}).numbers();
    frozen.delta = state.take_delta();  // Of nothing: what came comes to nothing.
  } else if (frozen.delta.size() > 0) {
    frozen.run = content.runs.append(frozen.delta.size());
  }
  frozen.summary = encode_summary(state, content.runs);
  to.push_back(std::move(frozen));
  return before - state.bytes();
}

/// What the runs took of the cell is in memory until they are written.
void ViewCells::commit() {
  memory_bytes_ -= freezer_.commit();
}

void ViewCells::forget(HotCell& cell) {
  assert(freezer_.is_saved(cell));
  recent_.fill(nullptr);
  --hot_cells_;
  memory_bytes_ -= cell.bytes(freezer_.open(cell));
  erase_of_window(windows_, cell.window, cell.group);
}

std::size_t ViewCells::evict(const Eviction& what) {
  const auto is_old = [&](const HotCell& cell) {
    const std::uint32_t age = freezer_.freezes_since(cell);
    return !cell.changed && (age > 0 || age >= what.age_min || cell.window.end <= what.over);
  };
  return freezer_.forget_old(what.count_max, is_old, [this](HotCell& cell) { forget(cell); });
}

void ViewCells::bury(Groups groups) {
  for (auto& [group, cell] : groups) {
    memory_bytes_ -= cell.bytes(freezer_.open(cell));
    freezer_.leave(cell);
  }
  hot_cells_ -= groups.size();
  freezer_.bury(std::move(groups));
}

void ViewCells::drop_before(const Window& first) {
  if (first_living_ && first <= *first_living_) {
    return;
  }
  const auto is_gone = [&](const HotCell& cell) { return cell.window < first; };
  freezer_.forget_changes(is_gone);
  std::erase_if(changed_, [&](const HotCell* cell) { return is_gone(*cell); });
  recent_.fill(nullptr);
  while (!windows_.empty() && windows_.begin()->first < first) {
    bury(std::move(windows_.begin()->second));
    windows_.erase(windows_.begin());
  }
  for (; !kept_.empty() && kept_.begin()->first < first; kept_.erase(kept_.begin())) {
    for (const auto& [scope, kept] : kept_.begin()->second) {
      memory_bytes_ -= kept.bytes();
    }
  }
  first_living_ = first;
  dropped_before_ = window_key(first);
}

std::string ViewCells::living_from() const {
  return first_living_ ? window_key(*first_living_) : std::string();
}

bool ViewCells::restore_living_from(std::string_view key) {
  const std::optional<ViewCellKey> first = split_view_cell_key(key);
  first_living_ = first ? std::optional(first->window) : std::nullopt;
  return key.empty() || first;
}

Result<std::optional<ViewCell>> ViewCells::find(std::string_view cell_key) const {
  const std::optional<ViewCellKey> key = split_view_cell_key(cell_key);
  if (!key || is_dropped(key->window)) {
    return std::optional<ViewCell>();
  }
  if (const HotCell* hot = find_hot(key->window, key->group)) {
    return freezer_.read(*hot, [](const Content& content) {
      return content.state.size > 0 ? std::optional(content.state) : std::optional<ViewCell>();
    });
  }
  HAPAX_ASSIGN(std::optional<StoredViewCell> stored,
               load_view_cell(store_, table_, cell_key, plan_));
  return stored && stored->cell.size > 0 ? std::optional(std::move(stored->cell))
                                         : std::optional<ViewCell>();
}

bool ViewCells::is_gone(std::string_view cell_key) const {
  const std::optional<ViewCellKey> key = split_view_cell_key(cell_key);
  const HotCell* const hot = key ? find_hot(key->window, key->group) : nullptr;
  return hot != nullptr && is_empty(*hot);
}

bool ViewCells::is_empty(const HotCell& cell) const {
  return freezer_.read(cell, [](const Content& content) { return content.state.size == 0; });
}

const ViewCells::HotCell* ViewCells::find_hot(const Window& window, std::string_view group) const {
  const auto groups = windows_.find(window);
  if (groups == windows_.end()) {
    return nullptr;
  }
  const auto found = groups->second.find(group);
  return found == groups->second.end() ? nullptr : &found->second;
}

Result<std::vector<std::string>> ViewCells::keys_from(std::string_view from,
                                                      std::size_t count_max) const {
  const std::string living = std::max(std::string(from), living_from());
  std::vector<std::string> keys;
  HAPAX_TRY(store_.scan(table_, summary_key(living), summary_keys_end(),
                        [&](std::string_view key, std::string_view value) {
                          if (!holds_nothing(value) && !is_gone(key.substr(1))) {
                            keys.emplace_back(key.substr(1));
                          }
                          return keys.size() < count_max;
                        }));
  const std::string last = keys.size() < count_max ? std::string() : keys.back();
  for (const auto& [window, groups] : windows_) {
    for (const auto& [group, cell] : groups) {
      std::string key = cell.key();
      if (key >= living && (last.empty() || key < last) && !is_empty(cell)) {
        keys.push_back(std::move(key));
      }
    }
  }
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  keys.resize(std::min(keys.size(), count_max));
  return keys;
}

}  // namespace hapax
