// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "ports/view_store.hpp"
#include "stream/cell_table.hpp"
#include "stream/keyed_event.hpp"
#include "stream/partials.hpp"

namespace hapax {

/// Cells in order, and up to where they are all; without `next`, to the end.
struct CellPage {
  std::vector<Cell> cells;
  std::optional<CellPlace> next;
};

/// What a checkpoint changes of a view.
struct FrozenView {
  std::vector<FrozenCells> tables;
  std::vector<std::string> dropped_tables;

  /// Errors: see FrozenCells::add_to().
  Result<void> add_to(StateWrite& write, StateStore& store) const;
};

/// The view events_per_minute: events and distinct identities by minute, source and event name.
/// Late events revise their cell however late they are: nothing is dropped.
/// What came while our clock was in doubt is kept in cells of its own, by epoch, in a table of its
/// own. A query combines them all. When the doubt is over, an epoch is accepted: its cells go over
/// into the others, some with each fold(); or it is discarded with its table. The number of an
/// epoch is used once.
/// Threading: one owner. Lifetime: `store` must outlive it.
class MinuteView {
 public:
  /// `seed`: see CellTable.
  explicit MinuteView(StateStore& store, std::uint64_t seed = 0);

  /// Counts `event` under `epoch`; see CellTable::add().
  Result<bool> add(const KeyedEvent& event, bool late, ClockEpoch epoch) {
    return epoch == kUndoubted ? undoubted_.add(event, late) : cells_of(epoch).add(event, late);
  }
  /// Fetches what add() of `event`, under no doubt, will touch into the cache; call it some events
  /// ahead.
  void prefetch(const KeyedEvent& event) { undoubted_.prefetch(event); }

  /// From now on as if all of `epoch` had been added under no doubt. Costs nothing now; fold() does
  /// the work.
  void merge_epoch(ClockEpoch epoch);
  /// From now on as if nothing had been added under `epoch`. Costs nothing for what is stored.
  /// take_changes() does not tell of it.
  void discard_epoch(ClockEpoch epoch);
  /// Moves up to `cells_max` cells, 1 or more, of a merged epoch to those of no doubt; false if
  /// there was no such epoch. Changes no answer. Errors: those of the store; what was moved is.
  Result<bool> fold(std::size_t cells_max);

  /// What all cells hold, by the view's own account.
  CountedBySource counted() const;
  /// All that is in no table; right after freeze().
  void encode(ByteWriter& out) const;
  /// On a new view only.
  void restore(ByteReader& in);

  /// Visits every stored cell. Errors: kCorrupt; those of the store.
  Result<void> visit_stored(const std::function<void(const CellName&)>& visit) const;

  /// As those of CellTable.
  FrozenView freeze();
  void commit();
  void evict(EventTime until);

  /// Cells that `query` asks for, by start, source, event, with `final` as of `watermark`.
  /// Cost: see PageScan. Errors: those of the store.
  Result<CellPage> query(const ViewQuery& query, EventTime watermark) const;

  /// Between track_changes(true) and (false), changes are noted for take_changes(), which returns
  /// the cells changed since the last call.
  void track_changes(bool track);
  bool has_changes() const;
  std::vector<Cell> take_changes(EventTime watermark);

  bool dirty() const;
  std::size_t hot_cells() const;
  std::size_t memory_bytes() const;

 private:
  /// Cells of a doubted epoch. Once it is merged, those below `folded` (as cell_key.hpp orders
  /// them) are in undoubted_.
  struct Doubted {
    CellTable cells;
    bool merged = false;
    std::string folded = {};

    bool holds(const CellKeyParts& cell) const;
  };

  CellTable& cells_of(ClockEpoch epoch);
  template <typename Number>
  std::size_t sum(Number number) const;
  Result<CellState> whole(const CellKeyParts& cell) const;
  std::set<std::string> take_changed_keys();
  Result<std::vector<Cell>> combine(std::vector<Cell> partials, EventTime watermark) const;

  StateStore& store_;
  const std::uint64_t seed_;
  CellTable undoubted_;
  std::map<ClockEpoch, Doubted> doubted_;
  std::vector<std::string> dropped_;  // Tables, since the last freeze.
  std::set<std::string> untold_;      // Keys of changes that could not be read.
  bool tracking_ = false;
};

}  // namespace hapax
