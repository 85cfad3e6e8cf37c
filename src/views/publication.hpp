// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "ports/state_store.hpp"
#include "record/log_place.hpp"
#include "views/runtime/cell_rows.hpp"
#include "views/runtime/key_shares.hpp"
#include "views/runtime/view_shape.hpp"

namespace hapax {

/// What one view adds to a publication.
struct ViewChange {
  std::string id;
  std::shared_ptr<const ViewShape> shape;
  std::string table;
  std::string living_from;  ///< Cells of lower keys are dropped.
  /// RunningView::settle().
  std::optional<EventTime> settled_until = {};
  std::shared_ptr<const KeyShares> key_shares = nullptr;  ///< RunningView::key_shares().
  /// Its table is that of several owners: RowSnapshot::of_parts(). Then it begins.
  bool is_of_parts = false;
  /// Whether `changed` has all cells that any snapshot since the last commit may not hold as they
  /// are; else those that changed since the publication before, which had this view too.
  bool begins = false;
  CellRows changed = {};
};

/// What processing hands over to readers: its state at one moment, as a change of the one before.
struct Publication {
  LogPlace processed;
  EventTime watermark;
  /// With all that was written before; nothing: what the publication before had holds on.
  std::shared_ptr<const StateSnapshot> stored = nullptr;
  /// Whether every change since the publication before is in `views`.
  bool continues = false;
  /// Of the views that somebody reads, by id. Each that the publication before had is here too,
  /// unless it is gone or nobody asks for it any more.
  std::vector<ViewChange> views = {};
};

}  // namespace hapax
