// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "ports/view_store.hpp"
#include "views/cell_run.hpp"
#include "views/runtime/cell_rows.hpp"
#include "views/runtime/run_stack.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

/// A table of cells in the store. Those of a doubted epoch of our clock that is accepted go over
/// into the others, and are no longer counted here below `folded`.
struct CellsTable {
  std::string name;
  std::string folded = {};  ///< A cell key; empty: all of it counts.
};

/// Cells in order, and up to where they are all; without `next`, to the end.
struct CellPage {
  std::vector<Cell> cells;
  std::optional<CellPlace> next;
};

/// What a page may cost beyond the number of its cells, which its query says.
struct PageBudget {
  std::size_t bytes_max = 8U << 20U;  ///< Of the names of its cells.
  /// Asked now and then; once it is true the page ends.
  std::function<bool()> is_over = [] { return false; };
};

/// The cells of a view at one moment: what a snapshot of the store holds, and in place of that what
/// the runs hold, of which the later one counts. A cell that is in no run is stored as it is.
/// Threading: as a value; what it points to does not change.
class ViewSnapshot {
 public:
  /// Nothing at all.
  ViewSnapshot() = default;
  /// `seed`: see Aggregate.
  ViewSnapshot(std::shared_ptr<const StateSnapshot> stored, std::vector<CellsTable> tables,
               std::uint64_t seed)
      : stored_(std::move(stored)), tables_(std::move(tables)), seed_(seed) {}

  /// From now on with `changed`, which is sorted.
  void add(std::shared_ptr<const CellRun> changed);

  /// Cells that `query` asks for, by start, source, event, with `final` as of `watermark`. Cost: a
  /// step for each cell of the source that is asked for (of any, without one), and a look and some
  /// steps for each minute with many others. Errors: kCorrupt; those of StateSnapshot::read().
  Result<CellPage> query(const ViewQuery& query, EventTime watermark,
                         const PageBudget& budget = {}) const;

  /// Visits every cell that starts in [from, to), by key, until `visit` returns false. Errors: as
  /// query().
  using Visit = std::function<bool(const CellKeyParts& cell, const CellSummary& summary)>;
  Result<void> scan(const CellKeyParts& from, EventTime to, const Visit& visit) const;

  /// False: the store is read no more, and this with it.
  bool is_open() const { return !stored_ || stored_->is_open(); }
  std::size_t run_count() const { return runs_.runs().size(); }
  const std::shared_ptr<const StateSnapshot>& stored() const { return stored_; }

 private:
  friend class CellMerge;

  std::shared_ptr<const StateSnapshot> stored_;
  std::vector<CellsTable> tables_;
  std::uint64_t seed_ = 0;
  RunStack<CellRun> runs_;
};

/// What one declared view adds to a publication.
struct ViewChange {
  std::string id;
  std::shared_ptr<const ViewShape> shape;
  std::string table;
  std::string living_from;  ///< Cells of lower keys are dropped.
  /// RunningView::settle().
  std::optional<EventTime> settled_until = {};
  /// Whether `changed` has all cells that any snapshot since the last commit may not hold as they
  /// are; else those that changed since the publication before, which had this view too.
  bool begins = false;
  CellRows changed = {};
};

/// What processing hands over to readers: its state at one moment, as a change of the one before.
struct Publication {
  std::vector<Offset> processed;  ///< The next offset of the log, by partition.
  EventTime watermark;
  /// With all that was written before; nothing: what the publication before had holds on.
  std::shared_ptr<const StateSnapshot> stored = nullptr;
  std::vector<CellsTable> tables = {};  ///< Of `stored`.
  std::uint64_t seed = 0;               ///< Of `stored`.
  /// Whether every change since the publication before is in `changed`, with what it added.
  bool continues = false;
  /// The cells that changed since then; with `stored` also those that it may not hold as they are.
  CellRun changed = {};
  /// Of the declared views that somebody reads, by id. Each that the publication before had is here
  /// too, unless it is gone.
  std::vector<ViewChange> views = {};
};

}  // namespace hapax
