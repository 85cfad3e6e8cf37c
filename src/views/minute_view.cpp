// SPDX-License-Identifier: Apache-2.0
#include "views/minute_view.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hapax {
namespace {

std::string table_of(ClockEpoch epoch) {
  return epoch == kUndoubted ? "cells" : "cells." + std::to_string(epoch.value());
}

}  // namespace

Result<void> FrozenView::add_to(StateWrite& write, StateStore& store) const {
  for (const FrozenCells& cells : tables) {
    HAPAX_TRY(cells.add_to(write, store));
  }
  for (const std::string& table : dropped_tables) {
    write.tables.push_back({.name = table, .dropped = true});
  }
  return {};
}

MinuteView::MinuteView(StateStore& store, std::uint64_t seed)
    : store_(store),
      seed_(seed),
      undoubted_(store, table_of(kUndoubted), seed),
      stored_tables_(tables()) {}

CellTable& MinuteView::cells_of(ClockEpoch epoch) {
  auto found = doubted_.find(epoch);
  if (found == doubted_.end()) {
    Doubted made{.cells = CellTable(store_, table_of(epoch), seed_)};
    made.cells.track_changes(tracking_);
    found = doubted_.emplace(epoch, std::move(made)).first;
  }
  return found->second.cells;
}

bool MinuteView::Doubted::holds(const CellKeyParts& cell) const {
  return !merged || cell_start_key(cell.start).append(cell.group) >= folded;
}

void MinuteView::merge_epoch(ClockEpoch epoch) {
  if (const auto found = doubted_.find(epoch); found != doubted_.end()) {
    found->second.merged = true;
    undoubted_.absorb_counted(found->second.cells);
  }
}

Result<bool> MinuteView::fold(std::size_t cells_max) {
  const auto found =
      std::ranges::find_if(doubted_, [](const auto& one) { return one.second.merged; });
  if (found == doubted_.end()) {
    return false;
  }
  Doubted& doubted = found->second;
  HAPAX_ASSIGN(const std::vector<std::string> keys,
               doubted.cells.keys_from(doubted.folded, cells_max));
  for (const std::string& key : keys) {
    const std::optional<CellKeyParts> cell = split_cell_key(key);
    if (!cell) {
      return damaged_cell();
    }
    HAPAX_ASSIGN(const std::optional<CellState> state, doubted.cells.find(*cell));
    if (state) {
      HAPAX_TRY(undoubted_.absorb(*cell, *state, doubted.cells.untold(*cell)));
      doubted.cells.is_told(*cell);
    }
    doubted.folded = key + std::string(1, '\0');  // The key after it.
  }
  if (keys.size() < cells_max) {
    dropped_.push_back(doubted.cells.table());
    doubted_.erase(found);
  }
  return true;
}

CountedBySource MinuteView::counted() const {
  CountedBySource counted = undoubted_.counted();
  for (const auto& [epoch, doubted] : doubted_) {
    for (const auto& [source, events] : doubted.cells.counted()) {
      counted[source].count += events.count;
      counted[source].digest.add(events.digest);
    }
  }
  return counted;
}

void MinuteView::encode(ByteWriter& out) const {
  undoubted_.encode_counted(out);
  out.put_u32(static_cast<std::uint32_t>(doubted_.size()));
  for (const auto& [epoch, doubted] : doubted_) {
    out.put_u32(epoch.value());
    out.put_u8(doubted.merged ? 1 : 0);
    out.put_string(doubted.folded);
    doubted.cells.encode_counted(out);
  }
}

Result<void> MinuteView::visit_stored(const std::function<void(const CellName&)>& visit) const {
  bool sound = true;
  const auto visit_cell = [&](const CellKeyParts& cell) {
    const std::optional<CellName> name = decode_cell_group(cell.start, cell.group);
    if (name) {
      visit(*name);
    }
    sound = sound && name;
    return sound;
  };
  HAPAX_TRY(undoubted_.visit_stored(visit_cell));
  for (const auto& [epoch, doubted] : doubted_) {
    HAPAX_TRY(doubted.cells.visit_stored(visit_cell));
  }
  return sound ? Result<void>() : damaged_cell();
}

void MinuteView::restore(ByteReader& in) {
  undoubted_.restore_counted(in);
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const ClockEpoch epoch(in.u32());
    CellTable& cells = cells_of(epoch);
    Doubted& doubted = doubted_.at(epoch);
    doubted.merged = in.u8() != 0;
    doubted.folded = in.string();
    cells.restore_counted(in);
  }
  stored_tables_ = tables();
}

std::vector<CellsTable> MinuteView::tables() const {
  std::vector<CellsTable> tables{{.name = undoubted_.table()}};
  for (const auto& [epoch, doubted] : doubted_) {
    tables.push_back({.name = doubted.cells.table(), .folded = doubted.folded});
  }
  return tables;
}

FrozenView MinuteView::freeze() {
  FrozenView frozen{.tables = {}, .dropped_tables = std::exchange(dropped_, {})};
  frozen.tables.push_back(undoubted_.freeze());
  for (auto& [epoch, doubted] : doubted_) {
    frozen.tables.push_back(doubted.cells.freeze());
  }
  frozen_tables_ = tables();
  return frozen;
}

void MinuteView::commit() {
  undoubted_.commit();
  for (auto& [epoch, doubted] : doubted_) {
    doubted.cells.commit();
  }
  stored_tables_ = std::exchange(frozen_tables_, {});
}

void MinuteView::evict(EventTime until) {
  undoubted_.evict(until);
  for (auto& [epoch, doubted] : doubted_) {
    doubted.cells.evict(until);
  }
}

bool MinuteView::dirty() const {
  return undoubted_.dirty() ||
         std::ranges::any_of(doubted_, [](const auto& one) { return one.second.cells.dirty(); });
}

/// Of all tables.
template <typename Number>
std::size_t MinuteView::sum(Number number) const {
  std::size_t sum = number(undoubted_);
  for (const auto& [epoch, doubted] : doubted_) {
    sum += number(doubted.cells);
  }
  return sum;
}

std::size_t MinuteView::hot_cells() const {
  return sum([](const CellTable& cells) { return cells.hot_cells(); });
}

std::size_t MinuteView::memory_bytes() const {
  return sum([](const CellTable& cells) { return cells.memory_bytes(); });
}

}  // namespace hapax
