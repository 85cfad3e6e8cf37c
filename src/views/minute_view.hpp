// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
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
#include "views/view_snapshot.hpp"

namespace hapax {

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
/// own. A reader combines them all. When the doubt is over, the cells of its epoch go over into
/// the others, some with each fold(). The number of an epoch is used once.
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

  // For readers: what is stored, with what the following say in place of it, is the view as it is.

  /// Where the cells were at the last commit().
  const std::vector<CellsTable>& stored_tables() const { return stored_tables_; }
  /// The cells that the store may not hold as they are, or that changed since they were told last,
  /// in no order. From then on changes are noted. Errors: those of the store; nothing is told then.
  Result<CellRun> begin_changes();
  /// Those that changed since they were told last. Errors: as begin_changes().
  Result<CellRun> take_changes();
  bool has_changes() const;
  /// Changes are no longer noted.
  void end_changes();

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
  template <typename Visit>
  void for_each_table(Visit visit);
  Result<CellState> whole(const CellKeyParts& cell) const;
  template <typename VisitCells>
  Result<CellRun> told(VisitCells visit_cells);
  Result<CellRun> whole_cells(const std::map<std::string, std::uint64_t>& added) const;
  std::vector<CellsTable> tables() const;

  StateStore& store_;
  const std::uint64_t seed_;
  CellTable undoubted_;
  std::map<ClockEpoch, Doubted> doubted_;
  std::vector<std::string> dropped_;       // Tables, since the last freeze.
  std::vector<CellsTable> frozen_tables_;  // At the last freeze.
  std::vector<CellsTable> stored_tables_;
  bool tracking_ = false;
};

}  // namespace hapax
