#include "stream/minute_view.hpp"

#include <algorithm>
#include <utility>

#include "hash/hash.hpp"
#include "stream/cell_key.hpp"
#include "stream/time_math.hpp"
#include "stream/watermark.hpp"

namespace hapax {
namespace {

constexpr std::size_t kCellOverheadBytes = 256;  // Node, key twice, flags.

Cell make_cell(CellName name, std::uint64_t count, std::uint64_t users, std::uint64_t revision,
               EventTime watermark) {
  const bool final = is_closed(MinuteView::cell_end(name.start), watermark);
  return {.start = name.start,
          .source = std::move(name.source),
          .event = std::move(name.event),
          .count = count,
          .users = users,
          .final = final,
          .revision = revision};
}

Error damaged_cell() {
  return {ErrorKind::kCorrupt, "a stored cell of events_per_minute is damaged"};
}

bool matches(const ViewQuery& query, const CellName& name) {
  return (!query.event || *query.event == name.event) &&
         (!query.source || *query.source == name.source);
}

Result<Cell> make_cell(std::string_view key, const CellState& state, EventTime watermark) {
  std::optional<CellName> name = decode_cell_key(key);
  if (!name) {
    return damaged_cell();
  }
  return make_cell(std::move(*name), state.count.value(), state.users.value(), state.revision,
                   watermark);
}

}  // namespace

// Revision first, then count, then users with their number in front: an answer reads 24 bytes.
void CellState::encode(ByteWriter& out) const {
  out.put_u64(revision);
  count.encode(out);
  users.encode(out);
}

Result<CellState> CellState::decode(std::string_view encoded) {
  ByteReader in(encoded);
  CellState state;
  state.revision = in.u64();
  state.count.decode(in);
  state.users.decode(in);
  if (!in.ok() || !in.at_end()) {
    return damaged_cell();
  }
  return state;
}

std::vector<Checkpoint::StoredCell> FrozenCells::sorted_cells() const {
  std::vector<Checkpoint::StoredCell> sorted;
  sorted.reserve(cells.size());
  for (const auto& [key, state] : cells) {
    Checkpoint::StoredCell& cell = sorted.emplace_back();
    cell.key = key;
    ByteWriter out(cell.value);
    state.encode(out);
  }
  std::ranges::sort(sorted, {}, &Checkpoint::StoredCell::key);
  return sorted;
}

std::size_t MinuteView::GroupHash::operator()(std::string_view group) const {
  return hash64(group);
}

EventTime MinuteView::cell_start(EventTime time) {
  return floor_to(time, kCellWidth);
}

EventTime MinuteView::cell_end(EventTime start) {
  return saturating_add(start, kCellWidth);
}

Result<void> MinuteView::add(const EventView& event, bool late) {
  HAPAX_ASSIGN(HotCell* const cell, touch(cell_start(event.event_time), event));
  memory_bytes_ -= cell->state.users.bytes();
  cell->state.count.add(event);
  cell->state.users.add(event);
  cell->state.revision += late ? 1 : 0;
  memory_bytes_ += cell->state.users.bytes();
  if (!std::exchange(cell->dirty, true)) {
    dirty_.push_back(cell);
  }
  if (tracking_ && !std::exchange(cell->changed, true)) {
    changed_.push_back(cell);
  }
  return {};
}

Result<MinuteView::HotCell*> MinuteView::touch(EventTime start, const EventView& event) {
  group_.clear();
  append_cell_group(event.source, cell_event(event), group_);
  Minute& minute = minutes_[start];
  if (const auto found = minute.find(std::string_view(group_)); found != minute.end()) {
    return &found->second;
  }
  HAPAX_ASSIGN(HotCell loaded, load(cell_start_key(start) + group_));
  ++hot_cells_;
  memory_bytes_ += kCellOverheadBytes + loaded.state.users.bytes();
  return &minute.emplace(group_, std::move(loaded)).first->second;
}

Result<MinuteView::HotCell> MinuteView::load(std::string key) const {
  HotCell cell;
  HAPAX_ASSIGN(const std::optional<std::string> stored, store_.find_cell(key));
  if (stored) {
    HAPAX_ASSIGN(cell.state, CellState::decode(*stored));
  }
  cell.key = std::move(key);
  return cell;
}

FrozenCells MinuteView::freeze() {
  FrozenCells frozen;
  frozen_ = std::exchange(dirty_, {});
  frozen.cells.reserve(frozen_.size());
  for (HotCell* cell : frozen_) {
    cell->dirty = false;
    cell->frozen = true;
    frozen.cells.emplace_back(cell->key, cell->state);
  }
  return frozen;
}

void MinuteView::commit() {
  for (HotCell* cell : std::exchange(frozen_, {})) {
    cell->frozen = false;
  }
}

void MinuteView::evict(EventTime until) {
  for (auto minute = minutes_.begin();
       minute != minutes_.end() && cell_end(minute->first) <= until;) {
    std::erase_if(minute->second, [this](const auto& entry) {
      const HotCell& cell = entry.second;
      const bool clean = !cell.dirty && !cell.frozen && !cell.changed;
      if (clean) {
        --hot_cells_;
        memory_bytes_ -= kCellOverheadBytes + cell.state.users.bytes();
      }
      return clean;
    });
    minute = minute->second.empty() ? minutes_.erase(minute) : std::next(minute);
  }
}

bool MinuteView::is_hot(EventTime start, std::string_view key) const {
  const auto minute = minutes_.find(start);
  return minute != minutes_.end() && minute->second.contains(key.substr(cell_start_key({}).size()));
}

Result<std::vector<Cell>> MinuteView::query(const ViewQuery& query, EventTime watermark) const {
  std::vector<Cell> cells;
  Result<void> outcome;
  const auto take = [&](Result<Cell> cell) {
    if (!cell) {
      outcome = std::move(cell).error();
    } else if (matches(query, {cell->start, cell->source, cell->event}) &&
               (cell->final || !query.final_only)) {
      if (cells.size() == query.cells_max) {
        outcome = Error{ErrorKind::kExhausted,
                        "more than " + std::to_string(query.cells_max) + " cells match",
                        "ask for a shorter time range or one event"};
      } else {
        cells.push_back(std::move(*cell));
      }
    }
    return outcome.has_value();
  };
  if (query.to <= query.from) {
    return cells;
  }
  for (auto minute = minutes_.lower_bound(query.from);
       minute != minutes_.end() && minute->first < query.to && outcome; ++minute) {
    for (auto cell = minute->second.begin(); cell != minute->second.end() && outcome; ++cell) {
      take(make_cell(cell->second.key, cell->second.state, watermark));
    }
  }
  const auto visit = [&](std::string_view key, std::string_view value) {
    std::optional<CellName> name = decode_cell_key(key);
    if (name && is_hot(name->start, key)) {
      return true;  // The stored value is out of date.
    }
    ByteReader in(value);
    const std::uint64_t revision = in.u64();
    const std::uint64_t count = in.u64();
    const std::uint64_t users = in.u64();
    if (!name || !in.ok()) {
      return take(damaged_cell());
    }
    return take(make_cell(std::move(*name), count, users, revision, watermark));
  };
  HAPAX_TRY(outcome);
  HAPAX_TRY(store_.scan_cells(cell_start_key(query.from), cell_start_key(query.to), visit));
  HAPAX_TRY(outcome);
  std::ranges::sort(cells, {},
                    [](const Cell& cell) { return std::tie(cell.start, cell.source, cell.event); });
  return cells;
}

void MinuteView::track_changes(bool track) {
  tracking_ = track;
  if (!track) {
    for (HotCell* cell : std::exchange(changed_, {})) {
      cell->changed = false;
    }
  }
}

std::vector<Cell> MinuteView::take_changes(EventTime watermark) {
  std::vector<Cell> cells;
  for (HotCell* cell : std::exchange(changed_, {})) {
    cell->changed = false;
    if (Result<Cell> made = make_cell(cell->key, cell->state, watermark)) {
      cells.push_back(std::move(*made));
    }
  }
  return cells;
}

}  // namespace hapax
