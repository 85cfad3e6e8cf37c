// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "ports/state_store.hpp"
#include "stream/freezer.hpp"
#include "stream/seeded_text_map.hpp"
#include "views/runtime/key_states.hpp"

namespace hapax {

/// One state for each key in each window. A row of the table is window_key() and the key.
/// Memory: a state costs about 330 bytes, and its key and group.
/// Threading: one owner. Lifetime: `store` must outlive it.
class WindowKeys final : public KeyStates {
 public:
  WindowKeys(StateStore& store, std::string table, KeyForm form, std::uint64_t seed)
      : store_(store), table_(std::move(table)), form_(form), seed_(seed) {}

  Result<void> find(std::string_view key, const KeyState& event, std::span<const Window> windows,
                    std::vector<KeyChange>& changes) override;
  Result<const KeyState*> peek(std::string_view key, const Window& window,
                               EventTime first) override;
  void apply(std::span<KeyChange> changes) override;
  bool has_key(const KeyChange& change) const override;
  Result<void> find_leaving(std::string_view key, const Window& window,
                            std::vector<KeyChange>& changes) override;
  void leave(std::string_view key, const Window& window) override;
  Result<void> visit_keys(const Window& window, const VisitKey& visit) override;
  /// As that of ViewCells.
  void drop_before(const Window& first);

  FrozenRows freeze() override;
  void commit() override;
  std::size_t evict(const Eviction& what) override;
  std::optional<std::uint32_t> oldest() const override { return freezer_.oldest(); }
  bool dirty() const override { return freezer_.has_changes() || !dropped_before_.empty(); }
  std::size_t memory_bytes() const override { return memory_bytes_; }
  std::size_t hot_keys() const override { return hot_keys_; }

 private:
  /// Its state is of no event where it was made for one that did not come, or left.
  struct HotState : Freezable<KeyState> {
    HotState(const Window& of, KeyState state) : Freezable(std::move(state)), window(of) {}

    // For a Freezer.
    std::size_t freeze(KeyState& state, std::vector<FrozenRows::Row>& to) const;
    std::size_t bytes(const KeyState& state) const;

    Window window;
    std::string_view key = {};  // The name it is found by in its window.
  };
  using Keys = SeededTextMap<HotState>;

  void replace(HotState& hot, KeyState state);
  bool has_events(const HotState& hot) const;
  Result<HotState*> find_or_load(const Window& window, std::string_view key);
  void bury(Keys keys);
  void forget(HotState& hot);

  StateStore& store_;
  const std::string table_;
  const KeyForm form_;
  const std::uint64_t seed_;
  std::map<Window, Keys> windows_;
  std::vector<HotState*> found_;  // By find().
  Freezer<HotState, KeyState, FrozenRows::Row> freezer_;
  std::string dropped_before_;  // Rows below it go with the next freeze.
  std::size_t hot_keys_ = 0;
  std::size_t memory_bytes_ = 0;
};

}  // namespace hapax
