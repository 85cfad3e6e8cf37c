// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "record/event.hpp"
#include "stream/event_hash.hpp"
#include "testing/memory_state_store.hpp"
#include "views/publication.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/row_snapshot.hpp"
#include "views/runtime/running_view.hpp"
#include "views/runtime/served_views.hpp"
#include "views/runtime/whole_rows.hpp"

namespace hapax {

/// A declared view that a test counts events into, and what its readers are told.
class CountedView {
 public:
  explicit CountedView(const std::string& spec, std::string id = "v", const KeyLimit& keys = {})
      : id_(std::move(id)),
        view_(make_running_view(parse_view_json(spec).value(), inputs_, 7, store_, id_, {}, keys)
                  .value()) {
    view_->cells().track_changes(true);
  }

  /// An event that is received when it is made.
  void add(EventTime time, const std::string& name, const std::string& properties = "{}",
           EventTime watermark = EventTime::min(), const std::string& source = "shop",
           const std::string& user = "u") {
    const std::string id = std::string("m").append(std::to_string(++events_));
    const EventView event{.source = source,
                          .message_id = id,
                          .type = EventType::kTrack,
                          .name = name,
                          .user_id = user,
                          .received_at = ProcessingTime(time.time_since_epoch()),
                          .event_time = time,
                          .properties = properties};
    const KeyedEvent keyed = key_event(event, hasher_);
    event_.read(keyed);
    ASSERT_TRUE(view_->add(event_, watermark));
  }
  void drop_expired(ProcessingTime until) { view_->drop_expired(until); }
  void checkpoint() {
    StateWrite write{.manifest = {}};
    const FrozenRunningView frozen = view_->freeze();
    ASSERT_TRUE(frozen.add_to(write, store_));
    ASSERT_TRUE(frozen.hours.add_to(write));
    ASSERT_TRUE(store_.write(write));
    view_->commit();
  }

  /// From now on snapshots are of that watermark.
  void pass(EventTime watermark) { watermark_ = watermark; }
  /// All that the store may not hold as it is, or what changed since the last call.
  ViewChange change(bool begins) {
    ViewChange change{.id = id_,
                      .shape = view_->plan().shape(),
                      .table = view_->cells().table(),
                      .living_from = view_->cells().living_from(),
                      .settled_until = view_->settle(watermark_),
                      .key_shares = view_->key_shares(),
                      .begins = begins};
    const auto add = [&](const Window& window, std::string_view group, const ViewCell& cell) {
      change.changed.add(window_key(window).append(group), encode_value(cell));
    };
    begins ? view_->cells().visit_unsaved(add) : view_->cells().visit_changes(add);
    view_->cells().changes_are_told();
    return change;
  }
  RowSnapshot snapshot() {
    ViewChange begin = change(true);
    begin.changed.sort();
    RowSnapshot rows(begin.shape, begin.table, store_.snapshot().value());
    rows.add(std::make_shared<const CellRows>(std::move(begin.changed)));
    rows.drop_before(begin.living_from);
    rows.settle(begin.settled_until);
    rows.sample(begin.key_shares);
    return rows;
  }

  /// Cells with what growing measures keep.
  Result<RowSnapshot> whole_rows(const WholeRowsQuery& query) {
    return take_whole_rows(view_->cells(), view_->plan().shape(), store_.snapshot().value(), query);
  }

  void close_snapshots() { store_.close_snapshots(); }

  std::shared_ptr<const ServedView> served(std::optional<EventTime> complete_from = {}) const {
    return std::make_shared<const ServedView>(
        ServedView{.id = id_, .shape = view_->plan().shape(), .complete_from = complete_from});
  }

 private:
  const std::string id_;
  MemoryStateStore store_;
  IdHasher hasher_;
  ViewInputs inputs_;
  EventInputs event_{inputs_, hasher_};
  std::unique_ptr<RunningView> view_;
  std::uint64_t events_ = 0;
  EventTime watermark_ = EventTime::min();
};

}  // namespace hapax
