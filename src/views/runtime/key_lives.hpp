// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "views/runtime/session_keys.hpp"

namespace hapax {

/// The lives of each key: what is between silences after which it is new again. They are sessions
/// with that for a gap; nothing of them is counted, only where they begin is asked for.
/// Threading: one owner. Lifetime: `store` must outlive it.
class KeyLives {
 public:
  /// Without `silence` a key has one life.
  KeyLives(StateStore& store, std::string table, std::optional<Microseconds> silence,
           std::uint64_t seed)
      : silence_(silence),
        lives_(store, table, KeyForm::kEntry, silence.value_or(SessionKeys::kEndless), seed),
        table_(std::move(table)) {}

  /// What lives become with an event of `key`, as SessionKeys::find(); until apply() answers are of
  /// both sides of it.
  Result<void> find(std::string_view key, const KeyState& event);
  void apply() { lives_.apply(changes_); }

  /// Does a life begin with the first event of `state`, in which the event would be, or is?
  bool began_with(const KeyState& state) const;
  bool begins_with(const KeyState& state) const { return changes_[0].after.begins_as(state); }
  /// Lives that begin as they did no more. Their first events are not before the one at hand.
  std::vector<KeyState> lost_beginnings() const;

  /// Lives that no event will belong to, if they end: see SessionKeys::sweep(). An event is counted
  /// for less than a silence after its time, and `keep`.
  void sweep(const std::function<bool(EventTime end)>& is_over);

  const std::optional<Microseconds>& silence() const { return silence_; }
  SessionKeys& states() { return lives_; }
  const SessionKeys& states() const { return lives_; }
  const std::string& table() const { return table_; }

 private:
  const std::optional<Microseconds> silence_;
  SessionKeys lives_;
  const std::string table_;
  std::vector<KeyChange> changes_;  // Of the event at hand: one.
};

}  // namespace hapax
