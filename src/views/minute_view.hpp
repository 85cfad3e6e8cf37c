#pragma once

#include <cstdint>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "ports/view_store.hpp"
#include "stream/cell_table.hpp"
#include "stream/keyed_event.hpp"

namespace hapax {

/// The view events_per_minute: events and distinct identities by minute, source and event name.
/// Late events revise their cell however late they are: nothing is dropped.
/// Threading: one owner. Lifetime: `store` must outlive it.
class MinuteView {
 public:
  /// `seed`: see CellTable.
  explicit MinuteView(StateStore& store, std::uint64_t seed = 0) : cells_(store, "cells", seed) {}

  /// Counts `event`. Errors: those of the store; nothing is counted then.
  Result<void> add(const KeyedEvent& event, bool late) { return cells_.add(event, late); }
  /// Fetches what add() of `event` will touch into the cache; call it some events ahead.
  void prefetch(const KeyedEvent& event) { cells_.prefetch(event); }

  /// What all cells hold, by the view's own account.
  const CountedBySource& counted() const { return cells_.counted(); }
  void encode_counted(ByteWriter& out) const { cells_.encode_counted(out); }
  void restore_counted(ByteReader& in) { cells_.restore_counted(in); }

  /// As those of CellTable.
  FrozenCells freeze() { return cells_.freeze(); }
  void commit() { cells_.commit(); }
  void evict(EventTime until) { cells_.evict(until); }

  /// Cells that `query` asks for, by start, source, event, with `final` as of `watermark`.
  /// Cost: one step for each cell of the time range, whatever else the query says.
  /// Errors: kInvalid, more than cells_max or scan_max; those of the store.
  Result<std::vector<Cell>> query(const ViewQuery& query, EventTime watermark) const;

  /// Between track_changes(true) and (false), changes are noted for take_changes(), which returns
  /// the cells changed since the last call.
  void track_changes(bool track) { cells_.track_changes(track); }
  bool has_changes() const { return cells_.has_changes(); }
  std::vector<Cell> take_changes(EventTime watermark);

  bool dirty() const { return cells_.dirty(); }
  std::size_t hot_cells() const { return cells_.hot_cells(); }
  std::size_t memory_bytes() const { return cells_.memory_bytes(); }

 private:
  CellTable cells_;
};

}  // namespace hapax
