// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "stream/window/window_assigner.hpp"
#include "views/runtime/eviction.hpp"
#include "views/runtime/frozen_view.hpp"
#include "views/runtime/key_state.hpp"

namespace hapax {

/// What an event does to states of its key: one in place of those that were there.
struct KeyChange {
  Window window = {};                          ///< Of a session: none.
  std::array<const KeyState*, 2> before = {};  ///< Null: none. Two sessions that become one.
  KeyState after = {};                         ///< Of no event: the key leaves.
};

/// The states of the keys of a view in one table: those that are hot in memory, the others in the
/// store alone, until an event of their key comes. Which keys have states at all says KeySamples.
/// Threading: one owner.
class KeyStates {
 public:
  static constexpr std::uint32_t kIdleFreezes = 30;

  virtual ~KeyStates() = default;

  /// What the state of `key` in each of the windows, or its sessions, become with `event`, which is
  /// one event. Nothing has changed yet; valid until the next call of anything. Errors: kCorrupt;
  /// those of the store.
  virtual Result<void> find(std::string_view key, const KeyState& event,
                            std::span<const Window> windows, std::vector<KeyChange>& changes) = 0;
  /// Of the key and as long as what find() found: the state in `window`, or the session that begins
  /// at `first`, which is not before the event that was looked for. Null: there is none.
  /// Errors: as those of find().
  virtual Result<const KeyState*> peek(std::string_view key, const Window& window,
                                       EventTime first) = 0;
  /// Does what the last find() said; takes the states out of `changes`.
  virtual void apply(std::span<KeyChange> changes) = 0;

  /// After find(): whether the key has a state in the window of `change`, or any session.
  virtual bool has_key(const KeyChange& change) const = 0;
  /// Appends what it takes for `key` to leave `window`, or all of its sessions. What find() found
  /// stays as it is. Errors: as those of find().
  virtual Result<void> find_leaving(std::string_view key, const Window& window,
                                    std::vector<KeyChange>& changes) = 0;
  /// Does what find_leaving() said: no event of the key may come again.
  virtual void leave(std::string_view key, const Window& window) = 0;
  /// Calls `visit` with each key that has a state in the window, or a session, once, in no order;
  /// perhaps also with such as have left, or expired. Cost: by what is stored. Errors: those of the
  /// store.
  using VisitKey = std::function<void(std::string_view key)>;
  virtual Result<void> visit_keys(const Window& window, const VisitKey& visit) = 0;

  /// As those of ViewCells.
  virtual FrozenRows freeze() = 0;
  virtual void commit() = 0;
  /// As that of ViewCells; of those that go on after `Eviction::over` such as no event touched for
  /// kIdleFreezes: a key comes less often than a cell, and to load it again costs more.
  virtual std::size_t evict(const Eviction& what) = 0;
  /// As that of ViewCells.
  virtual std::optional<std::uint32_t> oldest() const = 0;
  virtual bool dirty() const = 0;
  virtual std::size_t memory_bytes() const = 0;
  /// How many keys, each in each of its windows, are in memory.
  virtual std::size_t hot_keys() const = 0;
};

}  // namespace hapax
