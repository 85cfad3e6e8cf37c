#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "ports/view_store.hpp"
#include "record/event.hpp"
#include "stream/cell_key.hpp"
#include "stream/cell_state.hpp"

namespace hapax {

/// How many events of a source are in cells, and which.
struct CountedEvents {
  std::uint64_t count = 0;
  Digest digest;  ///< Of the id hashes (IdHasher::event_id) of each.

  friend bool operator==(const CountedEvents&, const CountedEvents&) = default;
};

/// The view events_per_minute: events and distinct identities by minute, source and event name.
/// Cells that change or are young are in memory; others are in the store and come back when an
/// event touches them. Late events revise their cell however late they are: nothing is dropped.
/// Keeps its own account of what it counted, so that the books have a second opinion (C7).
/// Memory: a cell costs about 320 bytes, its names (up to three times while a checkpoint is
/// written), and 11 to 21 bytes an identity.
/// Threading: one owner. Lifetime: `store` must outlive it.
class MinuteView {
 public:
  using Counted = std::map<std::string, CountedEvents, std::less<>>;

  /// `seed`: secret; clients choose names and identities, and without it they could choose ones
  /// whose hashes collide.
  explicit MinuteView(StateStore& store, std::uint64_t seed = 0) : store_(store), seed_(seed) {}

  static EventTime cell_start(EventTime time);
  static EventTime cell_end(EventTime start);

  /// Counts `event`, whose id hash is `id`. Errors: those of the store; nothing is counted
  /// then.
  Result<void> add(const EventView& event, const Hash128& id, bool late);
  /// Fetches what add() of `event` will touch into the cache; call it some events ahead.
  void prefetch(const EventView& event);

  /// What all cells hold, stored ones too, by source.
  const Counted& counted() const { return counted_; }
  void encode_counted(ByteWriter& out) const;
  void restore_counted(ByteReader& in);

  /// Takes the cells changed since the last freeze. They stay in memory until commit() says that
  /// they are in the store; no freeze() in between. Cost: a copy of the names now, and one of the
  /// state of each cell that is changed before commit().
  FrozenCells freeze();
  void commit();
  /// Forgets cells that are in the store as they are and end at or before `until`.
  void evict(EventTime until);

  /// Cells that `query` asks for, by start, source, event, with `final` as of `watermark`.
  /// Cost: one step for each cell of the time range, whatever else the query says.
  /// Errors: kInvalid, more than cells_max or scan_max; those of the store.
  Result<std::vector<Cell>> query(const ViewQuery& query, EventTime watermark) const;

  /// Between track_changes(true) and (false), changes are noted for take_changes(), which returns
  /// the cells changed since the last call.
  void track_changes(bool track);
  bool has_changes() const { return !changed_.empty(); }
  std::vector<Cell> take_changes(EventTime watermark);

  bool dirty() const { return !dirty_.empty(); }
  std::size_t hot_cells() const { return hot_cells_; }
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  struct HotCell {
    EventTime start;
    std::string_view group;            ///< The key it is found by in its minute.
    CountedEvents* counted = nullptr;  ///< Of its source, in counted_.
    std::shared_ptr<CellState> state;
    bool dirty = false;    ///< In dirty_.
    bool frozen = false;   ///< In frozen_.
    bool shared = false;   ///< state is that of a frozen cell: copy it before changing it.
    bool changed = false;  ///< In changed_.

    std::string key() const;
    std::size_t bytes() const;
  };
  struct GroupHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view group) const;

    std::uint64_t seed = 0;
  };
  using Minute = std::unordered_map<std::string, HotCell, GroupHash, std::equal_to<>>;
  class Scan;

  HotCell*& recent_cell(EventTime start, const EventView& event);
  Result<HotCell*> touch(EventTime start, const EventView& event);
  Result<std::shared_ptr<CellState>> load(std::string_view key) const;
  bool is_hot(const CellKeyParts& cell) const;
  CellState& changeable(HotCell& cell);

  StateStore& store_;
  const std::uint64_t seed_;
  std::map<EventTime, Minute> minutes_;
  std::array<HotCell*, 64> recent_{};  // By hash of minute and group: most events hit few cells.
  Counted counted_;
  std::vector<HotCell*> dirty_;   // Since the last freeze.
  std::vector<HotCell*> frozen_;  // On their way into the store.
  std::vector<HotCell*> changed_;
  bool tracking_ = false;
  std::size_t hot_cells_ = 0;
  std::size_t memory_bytes_ = 0;
  std::size_t copied_bytes_ = 0;  // Of memory_bytes_: states that only the checkpoint still needs.
  std::string group_;             // Of the event at hand; a member so that its memory is reused.
};

}  // namespace hapax
