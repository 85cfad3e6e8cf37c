#include "views/minute_view.hpp"

#include <algorithm>
#include <utility>

#include "core/time_math.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

// Node, flags, state; what the allocator adds to each.
constexpr std::size_t kCellOverheadBytes = 320;

}  // namespace

std::string MinuteView::HotCell::key() const {
  return cell_start_key(start).append(group);
}

// The names are here, in what is frozen, and in what is written.
std::size_t MinuteView::HotCell::bytes() const {
  return kCellOverheadBytes + 3 * group.size() + state->users.bytes();
}

std::size_t MinuteView::GroupHash::operator()(std::string_view group) const {
  return hash64(group, seed);
}

EventTime MinuteView::cell_start(EventTime time) {
  return floor_to(time, kCellWidth);
}

EventTime MinuteView::cell_end(EventTime start) {
  return saturating_add(start, kCellWidth);
}

Result<void> MinuteView::add(const EventView& event, const Hash128& id, bool late) {
  HAPAX_ASSIGN(HotCell* const cell, touch(cell_start(event.event_time), event));
  CellState& state = changeable(*cell);
  memory_bytes_ -= state.users.bytes();
  state.count.add(event);
  state.users.add(event);
  state.revision += late ? 1 : 0;
  memory_bytes_ += state.users.bytes();
  ++cell->counted->count;
  cell->counted->digest.add(id);
  if (!std::exchange(cell->dirty, true)) {
    dirty_.push_back(cell);
  }
  if (tracking_ && !std::exchange(cell->changed, true)) {
    changed_.push_back(cell);
  }
  return {};
}

void MinuteView::prefetch(const EventView& event) {
  const EventTime start = cell_start(event.event_time);
  const HotCell* cell = recent_cell(start, event);
  if (cell != nullptr && cell->start == start && cell->group == group_) {
    cell->state->users.prefetch(event);
  }
}

/// The one place that may hold the cell of `event`; sets group_.
MinuteView::HotCell*& MinuteView::recent_cell(EventTime start, const EventView& event) {
  group_.clear();
  append_cell_group(event.source, cell_event(event), group_);
  const auto minute =
      static_cast<std::uint64_t>(to_micros(start) / Microseconds(kCellWidth).count());
  return recent_[(hash64(group_, seed_) + minute) % recent_.size()];
}

Result<MinuteView::HotCell*> MinuteView::touch(EventTime start, const EventView& event) {
  HotCell*& recent = recent_cell(start, event);
  if (recent != nullptr && recent->start == start && recent->group == group_) {
    return recent;
  }
  Minute& minute = minutes_.try_emplace(start, 0, GroupHash{.seed = seed_}).first->second;
  if (const auto found = minute.find(std::string_view(group_)); found != minute.end()) {
    return recent = &found->second;
  }
  HAPAX_ASSIGN(std::shared_ptr<CellState> state, load(cell_start_key(start) + group_));
  auto counted = counted_.find(event.source);
  if (counted == counted_.end()) {
    counted = counted_.emplace(event.source, CountedEvents{}).first;
  }
  const auto made = minute.emplace(
      group_,
      HotCell{.start = start, .group = {}, .counted = &counted->second, .state = std::move(state)});
  HotCell& cell = made.first->second;
  cell.group = made.first->first;
  ++hot_cells_;
  memory_bytes_ += cell.bytes();
  return recent = &cell;
}

Result<std::shared_ptr<CellState>> MinuteView::load(std::string_view key) const {
  HAPAX_ASSIGN(const std::optional<std::string> summary,
               store_.find(kCellsTable, stored_cell_key(CellPart::kSummary, key)));
  if (!summary) {
    return std::make_shared<CellState>(CellState::empty(seed_));
  }
  HAPAX_ASSIGN(const std::optional<std::string> users,
               store_.find(kCellsTable, stored_cell_key(CellPart::kUsers, key)));
  HAPAX_ASSIGN(CellState state, CellState::decode(*summary, users.value_or(""), seed_));
  return std::make_shared<CellState>(std::move(state));
}

CellState& MinuteView::changeable(HotCell& cell) {
  if (cell.shared) {
    cell.state = std::make_shared<CellState>(*cell.state);
    cell.shared = false;
    copied_bytes_ += cell.state->users.bytes();
    memory_bytes_ += cell.state->users.bytes();
  }
  return *cell.state;
}

FrozenCells MinuteView::freeze() {
  FrozenCells frozen;
  frozen_ = std::exchange(dirty_, {});
  frozen.cells.reserve(frozen_.size());
  for (HotCell* cell : frozen_) {
    cell->dirty = false;
    cell->frozen = true;
    cell->shared = true;
    frozen.cells.push_back({cell->key(), cell->state});
  }
  return frozen;
}

void MinuteView::commit() {
  for (HotCell* cell : std::exchange(frozen_, {})) {
    cell->frozen = false;
    cell->shared = false;
  }
  memory_bytes_ -= std::exchange(copied_bytes_, 0);
}

void MinuteView::evict(EventTime until) {
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

void MinuteView::track_changes(bool track) {
  tracking_ = track;
  if (!track) {
    for (HotCell* cell : std::exchange(changed_, {})) {
      cell->changed = false;
    }
  }
}

void MinuteView::encode_counted(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(counted_.size()));
  for (const auto& [source, counted] : counted_) {
    out.put_string(source);
    out.put_u64(counted.count);
    out.put_digest(counted.digest);
  }
}

void MinuteView::restore_counted(ByteReader& in) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    CountedEvents& counted = counted_[in.string()];
    counted.count = in.u64();
    counted.digest = in.digest();
  }
}

}  // namespace hapax
