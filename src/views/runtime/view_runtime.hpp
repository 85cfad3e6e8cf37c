// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "views/runtime/view_account.hpp"
#include "views/runtime/view_cells.hpp"
#include "views/runtime/view_inputs.hpp"
#include "views/runtime/view_plan.hpp"

namespace hapax {

/// One declared view at work, without `per`: events in, cells of its windows and groups out, kept
/// in the table "view.<id>". What it comes to is a function of the set of its events: however
/// they are ordered, divided by checkpoints, evictions and restarts, whole cells have equal bytes
/// (MeasureSet::encode) and accounts are equal. Not so revisions and stored bytes, which tell what
/// was late and when checkpoints were made. That an event comes once is the caller's (dedup).
/// Threading: one owner. Lifetime: `store` must outlive it.
class ViewRuntime {
 public:
  /// `id` names the view as the store does: letters, digits, '.', '-' and '_'. What it named
  /// before was made with an equal spec.
  ViewRuntime(ViewPlan plan, StateStore& store, const std::string& id)
      : plan_(std::move(plan)), cells_(store, "view." + id, plan_.measures()) {}

  /// Takes an event in: in the cells of its windows, but for those which were over, with `keep`,
  /// when its own record was received. It is late in those that `watermark`, as it was before the
  /// event, had passed: it may be late for a minute and not for the day. Errors: kCorrupt; those of
  /// the store; nothing is counted then.
  Result<void> add(EventInputs& event, EventTime watermark);

  /// Drops the windows that are over, with `keep`, at `until`: each in which an event received then
  /// would be expired. No event that was received before may come any more. Cost: by what is
  /// dropped in memory; what is in the store goes with the next write, all at once.
  void drop_expired(ProcessingTime until);

  /// As those of ViewCells.
  FrozenViewTable freeze() { return cells_.freeze(); }
  void commit() { cells_.commit(); }
  void evict(EventTime until) { cells_.evict(until); }
  void evict_idle() { cells_.evict_idle(); }

  /// All that is not in the table; right after freeze().
  void encode(ByteWriter& out) const { account_.encode(out); }
  /// On a new one only, with the table as it was written together with what was encoded. False when
  /// that is damaged; it is of no use then.
  [[nodiscard]] bool restore(ByteReader& in) { return account_.decode(in); }

  const ViewPlan& plan() const { return plan_; }
  const ViewCells& cells() const { return cells_; }
  ViewCells& cells() { return cells_; }
  const ViewAccount& account() const { return account_; }
  bool dirty() const { return cells_.dirty(); }

 private:
  ViewPlan plan_;
  ViewCells cells_;
  ViewAccount account_;
  std::string group_;  // Of the event at hand; a member so that its memory is reused.
};

}  // namespace hapax
