// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "views/runtime/key_lives.hpp"
#include "views/runtime/key_samples.hpp"
#include "views/runtime/key_states.hpp"
#include "views/runtime/open_sessions.hpp"
#include "views/runtime/running_view.hpp"
#include "views/runtime/session_keys.hpp"
#include "views/runtime/window_keys.hpp"

namespace hapax {

/// A view over keys (`per`), in two stages: each key has a state in each of its windows, or for
/// each of its sessions, kept in the table "view.<id>.keys"; the cells count states. Where an event
/// changes a state, its cell, perhaps another one then, has the new one in place of the old one.
/// A session's event is expired when it and the gap after it were over, with `keep`, when it was
/// received. A session takes in events for `keep` and two gaps after its last one; a window of
/// sessions is there for `keep` and a gap after its end, and the sessions in it as long. Where it
/// is measured whether a key is new, its lives are kept in the table "view.<id>.lives". Else keys
/// are limited: KeySamples, in the table "view.<id>.sample", says which are counted, and the others
/// leave no trace in states and cells, whether they came before or after.
class KeyedView final : public RunningView {
 public:
  /// The plan is of a spec with `per`. Errors: those of KeySamples::load().
  static Result<std::unique_ptr<KeyedView>> create(ViewPlan plan, StateStore& store,
                                                   const std::string& id, const KeyLimit& limit);

  /// Late is what changes a cell of a window that was final: see settle().
  Result<void> add(EventInputs& inputs, EventTime watermark) override;
  void drop_expired(ProcessingTime until) override;

  /// Of sessions, where what is measured of one, or its group, changes with its last events.
  std::optional<EventTime> settle(EventTime watermark) override;
  Microseconds reach() const override;

  FrozenRunningView freeze() override;
  void commit() override;
  std::size_t evict(const Eviction& what) override;
  std::optional<std::uint32_t> oldest() const override;
  void forget_over(EventTime over) override;
  bool dirty() const override;
  std::size_t memory_bytes() const override;
  void encode(ByteWriter& out) const override;
  [[nodiscard]] bool restore(ByteReader& in) override;
  std::size_t hot_keys() const { return states_->hot_keys(); }

  std::vector<std::string> tables() const override;
  std::shared_ptr<const KeyShares> key_shares() override;
  std::optional<KeyReport> key_report() const override;

 private:
  KeyedView(ViewPlan plan, StateStore& store, const std::string& id, const KeyLimit& limit);

  struct Joining {
    Window window;
    KeySamples::Room room;
  };

  Result<EventFate> take(EventInputs& inputs, EventTime watermark);
  std::span<const Window> living_windows(const EventView& event);
  Result<void> find_states(std::span<const Window> windows);
  Result<void> find_sampled(std::span<const Window> windows);
  Result<void> make_room();
  Result<void> leave_out_refused();
  void keep_sample();
  Result<void> find_returning();
  Result<void> find_returning(const KeyState& beginning);
  bool is_changing(const Window& window, const KeyState& beginning) const;
  void make_cell_changes(EventTime watermark);
  void late_once(std::size_t begin);
  void replace(const KeyChange& change, EventTime final_until);
  void read_event(const EventInputs& inputs);
  std::string_view group_of(const KeyState& state);
  void note_open(const KeyChange& change);
  void add_change(const KeyChange& change, const KeyState& state, bool leaves,
                  EventTime final_until);
  KeyState::Samples samples_of(const KeyState& state, bool leaves) const;
  bool is_same_to_cells(const KeyChange& change);
  void drop_before(const Window& first);
  Window window_of(const KeyChange& change, const KeyState& state);

  const std::optional<Microseconds> gap_;
  const std::string key_table_;
  std::unique_ptr<KeyStates> states_;
  SessionKeys* sessions_ = nullptr;  // Either is states_.
  WindowKeys* windows_ = nullptr;
  std::vector<std::uint16_t> measured_;  // Samples that are.
  std::optional<OpenSessions> open_;     // Of sessions of which some are.
  std::optional<KeyLives> lives_;        // Where it is measured whether a key is new.
  std::optional<KeySamples> samples_;    // Where it is not.

  // Of the event at hand; members so that their memory is reused.
  std::string key_;
  KeyState event_;
  std::vector<KeyChange> changes_;
  std::vector<KeyChange> returning_;  // States that are as they were, and not new any more.
  std::vector<KeyChange> leaving_;    // Of keys that are no more in a sample.
  std::size_t places_ = 0;            // How many windows it is counted in, perhaps by others.
  std::vector<Window> sampled_;       // Those of which the key is in the sample,
  std::vector<Joining> joining_;      // and those where it is new in it, or just out of it.
  std::vector<CellChange> cell_changes_;
  std::vector<KeyState::Samples> cell_samples_;
  std::vector<std::string> groups_;  // Those that are of two events.
};

}  // namespace hapax
