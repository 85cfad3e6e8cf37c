// SPDX-License-Identifier: Apache-2.0
#include "stream/cell_table.hpp"

#include <algorithm>
#include <iterator>

#include "core/time_math.hpp"
#include "hash/hash.hpp"
#include "ports/view_store.hpp"

namespace hapax {
namespace {

// Node, flags, state; what the allocator adds to each.
constexpr std::size_t kCellOverheadBytes = 320;

}  // namespace

std::string CellTable::HotCell::stored_key() const {
  return cell_start_key(key.start).append(key.group);
}

// The names are here, in what is frozen, and in what is written.
std::size_t CellTable::HotCell::bytes() const {
  return kCellOverheadBytes + 3 * key.group.size() + state.aggregates.bytes();
}

std::size_t CellTable::GroupHash::operator()(std::string_view group) const {
  return hash64(group, seed);
}

Result<bool> CellTable::add(const KeyedEvent& event, bool late) {
  HAPAX_ASSIGN(HotCell* const cell, touch(cell_start(event.event.event_time), event.event));
  mark_changed(*cell);
  memory_bytes_ -= cell->state.aggregates.bytes();
  cell->state.aggregates.update(event);
  cell->state.revision += late ? 1 : 0;
  memory_bytes_ += cell->state.aggregates.bytes();
  ++cell->counted->count;
  cell->counted->digest.add(event.seen.id);
  mark_dirty(*cell);
  const std::uint32_t day = utc_day(event.event.received_at);
  return std::exchange(cell->day, day) != day;
}

void CellTable::mark_dirty(HotCell& cell) {
  if (!std::exchange(cell.dirty, true)) {
    dirty_.push_back(&cell);
  }
}

/// Before it changes.
void CellTable::mark_changed(HotCell& cell) {
  if (tracking_ && !std::exchange(cell.changed, true)) {
    cell.told = cell.state.summary().count;
    changed_.push_back(&cell);
  }
}

void CellTable::prefetch(const KeyedEvent& event) {
  const EventTime start = cell_start(event.event.event_time);
  const HotCell* cell = recent_cell(start, event.event);
  if (cell != nullptr && cell->key == CellKeyParts{.start = start, .group = group_}) {
    cell->state.aggregates.prefetch(event);
  }
}

/// The one place that may hold the cell of `event`; sets group_.
CellTable::HotCell*& CellTable::recent_cell(EventTime start, const EventView& event) {
  group_.clear();
  append_cell_group(event.source, cell_event(event), group_);
  const auto minute =
      static_cast<std::uint64_t>(to_micros(start) / Microseconds(kCellWidth).count());
  return recent_[(hash64(group_, seed_) + minute) % recent_.size()];
}

Result<CellTable::HotCell*> CellTable::touch(EventTime start, const EventView& event) {
  HotCell*& recent = recent_cell(start, event);
  if (recent != nullptr && recent->key == CellKeyParts{.start = start, .group = group_}) {
    return recent;
  }
  HAPAX_ASSIGN(recent, find_or_load(start, event.source));
  return recent;
}

/// The cell of group_, from the store if that has it.
Result<CellTable::HotCell*> CellTable::find_or_load(EventTime start, std::string_view source) {
  Minute& minute = minutes_.try_emplace(start, 0, GroupHash{.seed = seed_}).first->second;
  if (const auto found = minute.find(std::string_view(group_)); found != minute.end()) {
    return &found->second;
  }
  HAPAX_ASSIGN(std::optional<StoredCell> stored,
               load_cell(store_, table_, cell_start_key(start) + group_, seed_));
  if (!stored) {
    stored = StoredCell{.state = CellState::init(seed_), .runs = {}};
  }
  auto counted = counted_.find(source);
  if (counted == counted_.end()) {
    counted = counted_.emplace(source, CountedEvents()).first;
  }
  const auto made = minute.emplace(group_, HotCell{.key = {.start = start, .group = {}},
                                                   .counted = &counted->second,
                                                   .state = std::move(stored->state),
                                                   .runs = std::move(stored->runs)});
  HotCell& cell = made.first->second;
  cell.key.group = made.first->first;
  ++hot_cells_;
  memory_bytes_ += cell.bytes();
  return &cell;
}

void CellTable::encode_counted(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(counted_.size()));
  for (const auto& [source, counted] : counted_) {
    out.put_string(source);
    out.put_u64(counted.count);
    out.put_digest(counted.digest);
  }
}

void CellTable::restore_counted(ByteReader& in) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    CountedEvents& counted = counted_[in.string()];
    counted.count = in.u64();
    counted.digest = in.digest();
  }
}

FrozenCells CellTable::freeze() {
  FrozenCells frozen{.table = table_, .cells = {}};
  frozen_ = std::exchange(dirty_, {});
  frozen.cells.reserve(frozen_.size());
  for (HotCell* cell : frozen_) {
    frozen.cells.push_back(freeze(*cell));
  }
  return frozen;
}

FrozenCells::FrozenCell CellTable::freeze(HotCell& cell) {
  cell.dirty = false;
  cell.frozen = true;
  const std::size_t before = cell.state.aggregates.bytes();
  FrozenCells::FrozenCell frozen{.key = cell.stored_key(),
                                 .summary = {},
                                 .delta = cell.state.aggregates.take_deltas(),
                                 .run = {}};
  frozen_bytes_ += before - cell.state.aggregates.bytes();
  if (frozen.delta.size() > 0) {
    frozen.run = cell.runs.append(frozen.delta.size());
  }
  frozen.summary = encode_summary(cell.state, cell.runs);
  return frozen;
}

void CellTable::commit() {
  for (HotCell* cell : std::exchange(frozen_, {})) {
    cell->frozen = false;
  }
  memory_bytes_ -= std::exchange(frozen_bytes_, 0);
}

void CellTable::evict(EventTime until) {
  recent_.fill(nullptr);
  for (auto minute = minutes_.begin();
       minute != minutes_.end() && cell_end(minute->first) <= until;) {
    std::erase_if(minute->second, [this](const auto& entry) {
      const HotCell& cell = entry.second;
      const bool clean = !cell.dirty && !cell.frozen && !cell.changed;
      if (clean) {
        --hot_cells_;
        memory_bytes_ -= cell.bytes();
      }
      return clean;
    });
    minute = minute->second.empty() ? minutes_.erase(minute) : std::next(minute);
  }
}

Result<std::optional<CellState>> CellTable::find(const CellKeyParts& cell) const {
  if (const HotCell* hot = find_hot(cell)) {
    return std::optional(hot->state);
  }
  const std::string key = cell_start_key(cell.start).append(cell.group);
  HAPAX_ASSIGN(std::optional<StoredCell> stored, load_cell(store_, table_, key, seed_));
  return stored ? std::optional(std::move(stored->state)) : std::optional<CellState>();
}

Result<void> CellTable::absorb(const CellKeyParts& cell, const CellState& state,
                               std::uint64_t untold) {
  const std::optional<CellName> name = decode_cell_group(cell.start, cell.group);
  if (!name) {
    return damaged_cell();
  }
  group_ = cell.group;
  HAPAX_ASSIGN(HotCell* const into, find_or_load(cell.start, name->source));
  if (untold > 0) {
    mark_changed(*into);
  }
  into->told += state.summary().count - untold;
  memory_bytes_ -= into->state.aggregates.bytes();
  into->state.combine(state);
  memory_bytes_ += into->state.aggregates.bytes();
  mark_dirty(*into);
  return {};
}

std::uint64_t CellTable::untold(const CellKeyParts& cell) const {
  const HotCell* const hot = find_hot(cell);
  return hot == nullptr ? 0 : hot->added();
}

void CellTable::is_told(const CellKeyParts& cell) {
  const HotCell* const hot = find_hot(cell);
  if (hot != nullptr && hot->changed) {
    const auto changed = std::ranges::find(changed_, hot);
    (*changed)->changed = false;
    changed_.erase(changed);
  }
}

void CellTable::absorb_counted(CellTable& other) {
  for (auto& [source, events] : other.counted_) {
    CountedEvents& counted = counted_[source];
    counted.count += std::exchange(events.count, 0);
    counted.digest.add(std::exchange(events.digest, {}));
  }
}

Result<std::vector<std::string>> CellTable::keys_from(std::string_view from,
                                                      std::size_t count_max) const {
  std::vector<std::string> keys;
  HAPAX_TRY(store_.scan(table_, summary_key(from), summary_keys_end(),
                        [&](std::string_view key, std::string_view) {
                          keys.emplace_back(key.substr(1));
                          return keys.size() < count_max;
                        }));
  const std::string last = keys.size() < count_max ? std::string() : keys.back();
  for (const auto& [start, minute] : minutes_) {
    for (const auto& [group, cell] : minute) {
      std::string key = cell.stored_key();
      if (key >= from && (last.empty() || key < last)) {
        keys.push_back(std::move(key));
      }
    }
  }
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  keys.resize(std::min(keys.size(), count_max));
  return keys;
}

Result<void> CellTable::visit_stored(
    const std::function<bool(const CellKeyParts& cell)>& visit) const {
  bool sound = true;
  const auto visit_pair = [&](std::string_view key, std::string_view) {
    const std::optional<CellKeyParts> cell = split_cell_key(key.substr(1));
    sound = cell.has_value();
    return sound && visit(*cell);
  };
  HAPAX_TRY(store_.scan(table_, summary_key({}), summary_keys_end(), visit_pair));
  return sound ? Result<void>() : damaged_cell();
}

const CellTable::HotCell* CellTable::find_hot(const CellKeyParts& cell) const {
  const auto minute = minutes_.find(cell.start);
  if (minute == minutes_.end()) {
    return nullptr;
  }
  const auto found = minute->second.find(cell.group);
  return found == minute->second.end() ? nullptr : &found->second;
}

void CellTable::track_changes(bool track) {
  tracking_ = track;
  if (!track) {
    changes_are_told();
  }
}

void CellTable::visit_changes(const VisitChanged& visit) const {
  for (const HotCell* cell : changed_) {
    visit(cell->key, cell->state, cell->added());
  }
}

void CellTable::visit_unsaved(const VisitChanged& visit) const {
  visit_changes(visit);
  for (const HotCell* cell : dirty_) {
    if (!cell->changed) {
      visit(cell->key, cell->state, 0);
    }
  }
  for (const HotCell* cell : frozen_) {
    if (!cell->changed && !cell->dirty) {
      visit(cell->key, cell->state, 0);
    }
  }
}

void CellTable::changes_are_told() {
  for (HotCell* cell : changed_) {
    cell->changed = false;
  }
  changed_.clear();
}

}  // namespace hapax
