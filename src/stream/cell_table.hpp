// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/state_store.hpp"
#include "stream/cell_key.hpp"
#include "stream/cell_state.hpp"
#include "stream/keyed_event.hpp"
#include "stream/stored_cell.hpp"

namespace hapax {

/// How many events of a source are in cells, and which.
struct CountedEvents {
  std::uint64_t count = 0;
  Digest digest;  ///< Of the id hashes (IdHasher::event_id) of each.

  friend bool operator==(const CountedEvents&, const CountedEvents&) = default;
};
using CountedBySource = std::map<std::string, CountedEvents, std::less<>>;

/// The cells of one table of the store. Those that change or are young are in memory; others are in
/// the store alone and come back when an event touches them. Keeps its own account of what it
/// counted, stored cells included, so that the books have a second opinion (C7).
/// Memory: a cell costs about 320 bytes, its names (up to three times while a checkpoint is
/// written), and what its aggregates say.
/// Threading: one owner. Lifetime: `store` must outlive it.
class CellTable {
 public:
  /// `seed`: secret; clients choose names and identities, and without it they could choose ones
  /// whose hashes collide.
  CellTable(StateStore& store, std::string table, std::uint64_t seed)
      : store_(store), table_(std::move(table)), seed_(seed) {}

  /// Counts `event`. True when it is the first that the cell in memory gets on the UTC day on which
  /// it was received. Errors: those of the store; nothing is counted then.
  Result<bool> add(const KeyedEvent& event, bool late);
  /// Fetches what add() of `event` will touch into the cache; call it some events ahead.
  void prefetch(const KeyedEvent& event);

  const std::string& table() const { return table_; }
  const CountedBySource& counted() const { return counted_; }
  void encode_counted(ByteWriter& out) const;
  void restore_counted(ByteReader& in);

  /// Takes the cells changed since the last freeze. They stay in memory until commit() says that
  /// they are in the store; no freeze() in between. Cost: by what came since the last freeze.
  FrozenCells freeze();
  void commit();
  /// Forgets cells that are in the store as they are and end at or before `until`.
  void evict(EventTime until);

  /// The cell as it is; nothing when there is none. Errors: kCorrupt; those of the store.
  Result<std::optional<CellState>> find(const CellKeyParts& cell) const;
  /// Takes in what `state` took in, as if its events had come here; the account stays as it is.
  /// `untold`: how much of its count is to be told of as a change. Errors: those of the store;
  /// nothing is taken in then.
  Result<void> absorb(const CellKeyParts& cell, const CellState& state, std::uint64_t untold);
  /// How much of the count of a cell is still to be told of as a change; and that it is no more.
  std::uint64_t untold(const CellKeyParts& cell) const;
  void is_told(const CellKeyParts& cell);
  /// Takes over the account of `other`, whose cells are, or will be, absorbed.
  void absorb_counted(CellTable& other);
  /// The first keys (cell_key.hpp) at or after `from`, ascending, not more than `count_max`, which
  /// is 1 or more. Cost: a step for each cell in memory. Errors: those of the store.
  Result<std::vector<std::string>> keys_from(std::string_view from, std::size_t count_max) const;

  /// Visits every stored cell, also those that have changed since, until `visit` returns false.
  /// Errors: kCorrupt; those of the store.
  Result<void> visit_stored(const std::function<bool(const CellKeyParts& cell)>& visit) const;

  /// `added`: to the count of the cell, since it was told of last.
  using VisitChanged =
      std::function<void(const CellKeyParts& cell, const CellState& state, std::uint64_t added)>;
  /// Between track_changes(true) and (false), changes are noted for visit_changes(), until they are
  /// told.
  void track_changes(bool track);
  bool has_changes() const { return !changed_.empty(); }
  std::size_t change_count() const { return changed_.size(); }
  void visit_changes(const VisitChanged& visit) const;
  /// Those of visit_changes(), and all that the last write before commit() may not hold as they
  /// are.
  void visit_unsaved(const VisitChanged& visit) const;
  void changes_are_told();

  bool dirty() const { return !dirty_.empty(); }
  std::size_t hot_cells() const { return hot_cells_; }
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  struct HotCell {
    CellKeyParts key;                  ///< Of its minute, and the name it is found by there.
    CountedEvents* counted = nullptr;  ///< Of its source, in counted_.
    CellState state;
    RunList runs;            ///< In the store, once the last freeze is.
    std::uint64_t told = 0;  ///< Its count before the changes that are not told yet.
    std::uint32_t day = 0;   ///< On which its last event was received; 0: none since it is here.
    bool dirty = false;      ///< In dirty_.
    bool frozen = false;     ///< In frozen_.
    bool changed = false;    ///< In changed_.

    std::string stored_key() const;
    std::size_t bytes() const;
    std::uint64_t added() const { return changed ? state.summary().count - told : 0; }
  };
  struct GroupHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view group) const;

    std::uint64_t seed = 0;
  };
  using Minute = std::unordered_map<std::string, HotCell, GroupHash, std::equal_to<>>;

  HotCell*& recent_cell(EventTime start, const EventView& event);
  Result<HotCell*> touch(EventTime start, const EventView& event);
  Result<HotCell*> find_or_load(EventTime start, std::string_view source);
  FrozenCells::FrozenCell freeze(HotCell& cell);
  const HotCell* find_hot(const CellKeyParts& cell) const;
  void mark_changed(HotCell& cell);
  void mark_dirty(HotCell& cell);

  StateStore& store_;
  const std::string table_;
  const std::uint64_t seed_;
  std::map<EventTime, Minute> minutes_;
  std::array<HotCell*, 64> recent_{};  // By hash of minute and group: most events hit few cells.
  CountedBySource counted_;
  std::vector<HotCell*> dirty_;   // Since the last freeze.
  std::vector<HotCell*> frozen_;  // On their way into the store.
  std::vector<HotCell*> changed_;
  bool tracking_ = false;
  std::size_t hot_cells_ = 0;
  std::size_t memory_bytes_ = 0;
  std::size_t frozen_bytes_ = 0;  // Of memory_bytes_: what only the checkpoint still needs.
  std::string group_;             // Of the event at hand; a member so that its memory is reused.
};

}  // namespace hapax
