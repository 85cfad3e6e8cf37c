// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "stream/freezer.hpp"
#include "stream/measure/measure_plan.hpp"
#include "stream/measure/sample.hpp"
#include "stream/run_list.hpp"
#include "stream/window/window_assigner.hpp"
#include "views/runtime/eviction.hpp"
#include "views/runtime/kept_groups.hpp"
#include "views/runtime/view_cell.hpp"

namespace hapax {

/// One thing that comes into a cell, or leaves it: with the samples that it came with.
struct CellChange {
  Window window;
  std::string_view group;
  std::span<const Sample> samples;
  bool leaves = false;
  bool is_late = false;
};

/// The cells of a view, or of a partial of it, in one table of the store. Those that change or are
/// young are in memory; others are in the store alone and come back when an event touches them.
/// What a cell computes is what the plan says. With a limit, add() keeps cells of those groups that
/// KeptGroups says, and counts the events of all others, also those that came before, in one cell
/// of other_groups(). Memory: a cell costs about 200 bytes, with what a checkpoint makes of it 330,
/// its group (up to three times then), and what its measures say. Threading: one owner; another
/// thread may write what freeze() returns. Lifetime: `store` and `plan` must outlive it.
class ViewCells {
 public:
  /// The plan's seed is also that of the places of groups in memory. With a limit, change() is not
  /// called.
  ViewCells(StateStore& store, std::string table, const MeasurePlan& plan,
            std::optional<GroupLimit> limit = {})
      : store_(store), table_(std::move(table)), plan_(plan), limit_(limit) {}
  ViewCells(const ViewCells&) = delete;
  ViewCells& operator=(const ViewCells&) = delete;

  /// Counts an event in the cell of `group` in each of the windows; in those which `watermark` has
  /// passed it is late. Errors: kCorrupt; those of the store; it is counted in none of them then.
  /// Cost: the first new group of a window and source that has cells in the store alone, and with a
  /// limit that is reached one in GroupLimit::last_known groups that are merged, looks through all
  /// of its cells: some seconds for a million in the store.
  Result<void> add(std::span<const Window> windows, std::string_view group,
                   const MeasuredEvent& event, EventTime watermark);

  /// Puts things into cells and takes such out that were put in, all of it or nothing. A cell that
  /// holds none any more is gone, but for its revision, if it has one: what comes back later is not
  /// of a lower one. plan.retracts() if any is taken out. A cell has one revision more for each
  /// late change. Errors: as add().
  Result<void> change(std::span<const CellChange> changes);

  /// Takes the cells changed since the last freeze, and what was dropped since. Cells stay in
  /// memory until commit() says that they are in the store; no freeze() in between. They are
  /// encoded by the thread that adds it to a write, until then this must live: it costs what
  /// came since the last freeze, and what finalize() of its growing measures costs for each cell.
  /// This costs nothing of it, but for a cell that is touched before.
  FrozenViewTable freeze();
  void commit();
  /// Forgets cells that are in the store as they are, the one that changed the longest ago first,
  /// up to one that stays: which changed between the last two freezes and is of a window that goes
  /// on, or of whose change readers do not know. Returns how many; if fewer than
  /// Eviction::count_max, there are no more. Cost: about a microsecond each.
  std::size_t evict(const Eviction& what);
  /// As Freezer::oldest().
  std::optional<std::uint32_t> oldest() const { return freezer_.oldest(); }
  /// Forgets what is known of windows that end at or before `over` and are out of memory.
  void forget_over(EventTime over);
  /// Drops the windows before `first`, here and, with the next write, in the store. No event of
  /// theirs may come any more.
  void drop_before(const Window& first);

  /// The cell as it is; nothing when there is none. `cell_key`: window_key() and the group. Errors:
  /// kCorrupt; those of the store.
  Result<std::optional<ViewCell>> find(std::string_view cell_key) const;
  /// The first keys at or after `from`, ascending, not more than `count_max`, which is 1 or more.
  /// Cost: a step for each cell in memory. Errors: those of the store.
  Result<std::vector<std::string>> keys_from(std::string_view from, std::size_t count_max) const;

  // For readers: what is stored, with what the following say in place of it, but for keys below
  // living_from(), is the view as it is.

  using VisitCell =
      std::function<void(const Window& window, std::string_view group, const ViewCell& cell)>;
  /// Between track_changes(true) and (false), cells that change are noted for visit_changes(), and
  /// stay in memory, until they are told.
  void track_changes(bool track);
  bool tracks_changes() const { return tracking_; }
  bool has_changes() const { return !changed_.empty(); }
  std::size_t change_count() const { return changed_.size(); }
  /// In no order, each once.
  void visit_changes(const VisitCell& visit) const;
  /// Those of visit_changes(), and all that the last write before commit() may not hold as they
  /// are.
  void visit_unsaved(const VisitCell& visit) const;
  /// About how many those are: from half to twice as many. Cost: none.
  std::size_t unsaved_count() const;
  void changes_are_told();
  /// Cells of lower keys are dropped. It ascends.
  std::string living_from() const;
  /// On a new one, what it was when the cells were written. False when that is damaged.
  [[nodiscard]] bool restore_living_from(std::string_view key);
  /// Windows before it are dropped; nothing: none is.
  const std::optional<Window>& first_living() const { return first_living_; }
  bool is_dropped(const Window& window) const { return first_living_ && window < *first_living_; }

  const std::string& table() const { return table_; }
  bool dirty() const { return freezer_.has_changes() || !dropped_before_.empty(); }
  std::size_t hot_cells() const { return hot_cells_; }
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  using FrozenCell = FrozenViewTable::FrozenCell;
  /// What of a cell changes, and is written.
  struct Content {
    RunList runs = {};  ///< In the store, once the last freeze is.
    ViewCell state;     ///< Last, beside what else an event looks at.
  };
  struct HotCell : Freezable<Content> {
    HotCell(const Window& of, Content content) : Freezable(std::move(content)), window(of) {}

    bool changed = false;  ///< In changed_.
    const Window window;
    std::string_view group = {};  ///< The name it is found by in its window.

    std::string key() const;
    std::size_t bytes(const Content& content) const;
    std::size_t freeze(Content& content, std::vector<FrozenCell>& to) const;
  };
  /// A group with its hash, so that it is hashed once.
  struct HashedGroup {
    std::string_view group;
    std::uint64_t hash;
  };
  struct GroupHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view group) const;
    std::size_t operator()(const HashedGroup& group) const { return group.hash; }

    std::uint64_t seed = 0;
  };
  struct GroupEqual {
    using is_transparent = void;
    bool operator()(std::string_view left, std::string_view right) const { return left == right; }
    bool operator()(const HashedGroup& left, std::string_view right) const {
      return left.group == right;
    }
    bool operator()(std::string_view left, const HashedGroup& right) const {
      return left == right.group;
    }
  };
  using Groups = std::unordered_map<std::string, HotCell, GroupHash, GroupEqual>;

  /// A cell that an event is to be counted in.
  struct Touched {
    HotCell* cell;
    KeptGroups* kept = nullptr;  ///< To be told that the group is new, or that the cell is `other`.
    bool is_other = false;
    std::uint64_t hash = 0;  ///< Of the group, if the cell is `other`.
  };
  /// A group that has to make room.
  struct Merged {
    HotCell* cell;
    HotCell* other;
    KeptGroups* kept;
  };

  Result<void> or_nothing(Result<void> touched);
  Result<void> touch_next(const Window& window, const HashedGroup& group);
  HashedGroup hashed(std::string_view group) const;
  GroupPlace place_of(std::string_view group) const;
  std::string_view scope_of(std::string_view group) const;
  Result<void> touch_limited(const Window& window, const HashedGroup& group);
  Result<void> touch_new(HotCell& cell, const GroupPlace& place);
  Result<void> touch_other(const Window& window, const GroupPlace& place, KeptGroups& kept);
  void count_group(HotCell& other, const GroupPlace& place, std::uint64_t count);
  KeptGroups* find_kept(const Window& window, std::string_view scope);
  Result<KeptGroups*> ready_kept(const Window& window, std::string_view scope);
  Result<KeptGroups> learn_kept(const Window& window, std::string_view scope, bool is_first);
  void merge_touched(EventTime watermark);
  void tell_kept(const Touched& touched);
  template <typename Change>
  void change_kept(KeptGroups& kept, Change change);
  void take_in(HotCell& cell, const MeasuredEvent& event, bool is_late);
  void take_out(HotCell& cell, const MeasuredEvent& event, bool is_late);
  void note_touch(HotCell& cell);
  Result<HotCell*> touch(const Window& window, const HashedGroup& group);
  HotCell* find_hot(const Window& window, const HashedGroup& group);
  Result<HotCell*> load(const Window& window, const HashedGroup& group);
  const HotCell* find_hot(const Window& window, std::string_view group) const;
  bool is_gone(std::string_view cell_key) const;
  void note_change(HotCell& cell);
  ViewCell& state_of(HotCell& cell) { return freezer_.open(cell).state; }
  bool is_empty(const HotCell& cell) const;
  void visit(const HotCell& cell, const VisitCell& visit_cell) const;
  void forget(HotCell& cell);
  void bury(Groups groups);

  StateStore& store_;
  const std::string table_;
  const MeasurePlan& plan_;
  const std::optional<GroupLimit> limit_;
  std::map<Window, Groups> windows_;
  std::map<Window, std::map<std::string, KeptGroups, std::less<>>> kept_;  // By scope_of().
  std::array<HotCell*, 64> recent_{};  // By hash of window and group: most events hit few cells.
  std::vector<Touched> touched_;       // By what is at hand,
  std::vector<Merged> merged_;         // and so are these,
  std::vector<HotCell*> made_;         // and these, which were not in memory.
  Freezer<HotCell, Content, FrozenCell> freezer_;
  std::vector<HotCell*> changed_;  // Since they were told.
  bool tracking_ = false;
  std::optional<Window> first_living_;
  std::string dropped_before_;  // The same, unless a freeze has taken it.
  std::size_t hot_cells_ = 0;
  std::size_t memory_bytes_ = 0;  // With what only the checkpoint still needs.
};

}  // namespace hapax
