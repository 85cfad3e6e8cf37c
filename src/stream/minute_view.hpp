#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/event.hpp"
#include "core/result.hpp"
#include "ports/checkpoint_store.hpp"
#include "ports/view_store.hpp"
#include "stream/measure.hpp"

namespace hapax {

/// What one cell holds. Its encoding without the revision is a function of the set of its events.
struct CellState {
  Count count;
  ExactUsers users;
  std::uint64_t revision = 0;

  void encode(ByteWriter& out) const;
  /// Errors: kCorrupt.
  static Result<CellState> decode(std::string_view encoded);
};

/// The cells of one checkpoint, unchanging, so that another thread can encode and write them.
struct FrozenCells {
  std::vector<std::pair<std::string, CellState>> cells;

  std::vector<Checkpoint::StoredCell> sorted_cells() const;
};

/// The view events_per_minute: events and distinct identities by minute, source and event name.
/// Cells that change or are young are in memory; others are in the store and come back when an
/// event touches them. Late events revise their cell however late they are: nothing is dropped.
/// Threading: one owner. Lifetime: `store` must outlive it.
class MinuteView {
 public:
  explicit MinuteView(CellStore& store) : store_(store) {}

  static EventTime cell_start(EventTime time);
  static EventTime cell_end(EventTime start);

  /// Counts `event`. Errors: those of the store; nothing is counted then.
  Result<void> add(const EventView& event, bool late);

  /// Copies the cells changed since the last freeze. They stay in memory until commit() says that
  /// they are in the store; no freeze() in between.
  FrozenCells freeze();
  void commit();
  /// Forgets cells that are in the store as they are and end at or before `until`.
  void evict(EventTime until);

  /// Cells that `query` asks for, by start, source, event, with `final` as of `watermark`.
  /// Errors: kExhausted, more than cells_max; those of the store.
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
    std::string key;
    CellState state;
    bool dirty = false;    ///< In dirty_.
    bool frozen = false;   ///< In frozen_.
    bool changed = false;  ///< In changed_.
  };
  struct GroupHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view group) const;
  };
  using Minute = std::unordered_map<std::string, HotCell, GroupHash, std::equal_to<>>;

  Result<HotCell*> touch(EventTime start, const EventView& event);
  Result<HotCell> load(std::string key) const;
  bool is_hot(EventTime start, std::string_view key) const;

  CellStore& store_;
  std::map<EventTime, Minute> minutes_;
  std::vector<HotCell*> dirty_;   // Since the last freeze.
  std::vector<HotCell*> frozen_;  // On their way into the store.
  std::vector<HotCell*> changed_;
  bool tracking_ = false;
  std::size_t hot_cells_ = 0;
  std::size_t memory_bytes_ = 0;
  std::string group_;  // Of the event at hand; a member so that its memory is reused.
};

}  // namespace hapax
