// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"
#include "views/runtime/frozen_view.hpp"
#include "views/runtime/hourly_accounts.hpp"
#include "views/runtime/key_samples.hpp"
#include "views/runtime/view_account.hpp"
#include "views/runtime/view_cells.hpp"
#include "views/runtime/view_inputs.hpp"
#include "views/runtime/view_plan.hpp"

namespace hapax {

/// One declared view at work: events in, cells of its windows and groups out, kept in the table
/// "view.<id>". What it comes to is a function of the set of its events: however they are ordered,
/// divided by checkpoints, evictions and restarts, whole cells have equal bytes
/// (MeasureSet::encode) and accounts are equal. Not so revisions and stored bytes, which tell what
/// was late and when checkpoints were made. That an event comes once is the caller's (dedup).
/// Threading: one owner. Lifetime: the store must outlive it.
class RunningView {
 public:
  virtual ~RunningView() = default;
  RunningView(const RunningView&) = delete;
  RunningView& operator=(const RunningView&) = delete;

  /// Takes an event in, unless it was expired when its own record was received. What `watermark`,
  /// as it was before the event, had passed is late. Errors: kCorrupt; those of the store; nothing
  /// is counted then, and the same event may come again.
  virtual Result<void> add(EventInputs& event, EventTime watermark) = 0;

  /// Drops the windows that are over, with `keep`, at `until`, and all state that nothing can come
  /// for any more. No event that was received before may come any more. Cost: by what is dropped in
  /// memory; what is in the store goes with the next write, all at once, but for states of
  /// sessions, which are looked for in the store, a millisecond of it at a time: call it again and
  /// again.
  virtual void drop_expired(ProcessingTime until) = 0;

  /// Up to where windows are final: those that end at or before it, as of `watermark`, which
  /// ascends. Nothing: the watermark says it. Once it counts all events.
  virtual std::optional<EventTime> settle(EventTime /*watermark*/) { return std::nullopt; }

  /// How long before a window events may be that what is counted in it depends on.
  virtual Microseconds reach() const { return Microseconds::zero(); }

  /// The first end of a window that is not final as of `watermark`: once it is, answers say so.
  EventTime next_end(EventTime watermark) {
    return plan_.windows_of(settle(watermark).value_or(watermark)).front().end;
  }

  /// As those of ViewCells, for all of its tables.
  virtual FrozenRunningView freeze() {
    return {.cells = cells_.freeze(), .hours = hours_.freeze()};
  }
  virtual void commit() {
    cells_.commit();
    hours_.commit();
  }
  virtual std::size_t evict(const Eviction& what) { return cells_.evict(what); }
  virtual std::optional<std::uint32_t> oldest() const { return cells_.oldest(); }
  virtual void forget_over(EventTime over) { cells_.forget_over(over); }
  virtual bool dirty() const { return cells_.dirty() || hours_.dirty(); }
  virtual std::size_t memory_bytes() const { return cells_.memory_bytes() + hours_.memory_bytes(); }
  std::size_t hot_cells() const { return cells_.hot_cells(); }

  /// All that is not in its tables, but for that of the hours; right after freeze().
  virtual void encode(ByteWriter& out) const { account_.encode(out); }
  /// On a new one only, with the tables as they were written together with what was encoded. False
  /// when that is damaged; it is of no use then.
  [[nodiscard]] virtual bool restore(ByteReader& in) { return account_.decode(in); }

  /// Of a view over keys, which share of them it counts; null: all. Another one after each change.
  virtual std::shared_ptr<const KeyShares> key_shares() { return nullptr; }
  /// Nothing where keys are not limited.
  virtual std::optional<KeyReport> key_report() const { return std::nullopt; }

  /// Those which go when the view does.
  virtual std::vector<std::string> tables() const { return {cells_.table()}; }

  const ViewPlan& plan() const { return plan_; }
  const std::shared_ptr<const ViewShape>& shape() const { return plan_.shape(); }
  const ViewCells& cells() const { return cells_; }
  ViewCells& cells() { return cells_; }
  const ViewAccount& account() const { return account_; }
  /// The same by hour; neither encoded nor restored with the rest.
  const HourlyAccounts& hours() const { return hours_; }
  HourlyAccounts& hours() { return hours_; }
  /// The events that its condition does not accept. Neither encoded nor restored with the rest.
  const EventTally& filtered() const { return filtered_; }
  void restore_filtered(const EventTally& filtered) { filtered_ = filtered; }

 protected:
  RunningView(ViewPlan plan, StateStore& store, const std::string& id,
              std::optional<GroupLimit> limit = {})
      : plan_(std::move(plan)),
        cells_(store, "view." + id, plan_.measures(), limit),
        hours_(store, id) {}

  /// Finds where an event is to be entered, so that entering it cannot fail. Errors: those of
  /// HourlyAccounts::open().
  Result<void> open_account(const EventInputs& inputs) {
    const EventView& event = inputs.event().event;
    return hours_.open(event.received_at, event.source);
  }
  /// Then, once it is counted.
  void enter(const EventInputs& inputs, EventFate fate, std::uint64_t cells,
             std::uint64_t mismatches);

  ViewPlan plan_;
  ViewCells cells_;
  ViewAccount account_;
  HourlyAccounts hours_;
  EventTally filtered_;
};

/// `id` names the view as the store does: letters, digits, '.', '-' and '_'. What it named before
/// was made with an equal spec. `seed`: see ViewPlan. `limit`: of one whose spec does not say
/// another; which groups have which value is known by the spec, and of a view over keys these are
/// limited, by `keys`. Errors: those of ViewPlan::create() and of KeySamples::load().
Result<std::unique_ptr<RunningView>> make_running_view(const ViewSpec& spec, ViewInputs& inputs,
                                                       std::uint64_t seed, StateStore& store,
                                                       const std::string& id,
                                                       const GroupLimit& limit = {},
                                                       const KeyLimit& keys = {});

}  // namespace hapax
