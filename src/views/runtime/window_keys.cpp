// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/window_keys.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "stream/stored_runs.hpp"
#include "views/runtime/erase_of_window.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

// Node, state, flags; what the allocator and a checkpoint add to each.
constexpr std::size_t kStateOverheadBytes = 330;
constexpr char kBehindAllKeys = '\xFF';  // No value begins so.

}  // namespace

std::size_t WindowKeys::HotState::bytes(const KeyState& state) const {
  return kStateOverheadBytes + 2 * key.size() + state.bytes();
}

Result<void> WindowKeys::find(std::string_view key, const KeyState& event,
                              std::span<const Window> windows, std::vector<KeyChange>& changes) {
  found_.clear();
  changes.clear();
  for (const Window& window : windows) {
    HAPAX_ASSIGN(HotState* const hot, find_or_load(window, key));
    found_.push_back(hot);
    KeyChange& change = changes.emplace_back(KeyChange{.window = window, .after = event});
    if (const KeyState& state = freezer_.open(*hot); state.events > 0) {
      change.before[0] = &state;
      change.after.combine(state);
    }
  }
  return {};
}

Result<const KeyState*> WindowKeys::peek(std::string_view key, const Window& window,
                                         EventTime /*first*/) {
  HAPAX_ASSIGN(HotState* const hot, find_or_load(window, key));
  const KeyState& state = freezer_.open(*hot);
  return state.events > 0 ? &state : nullptr;
}

void WindowKeys::apply(std::span<KeyChange> changes) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    replace(*found_[i], std::move(changes[i].after));
  }
}

void WindowKeys::replace(HotState& hot, KeyState state) {
  KeyState& replaced = freezer_.open(hot);
  memory_bytes_ -= hot.bytes(replaced);
  replaced = std::move(state);
  memory_bytes_ += hot.bytes(replaced);
  freezer_.note_change(hot);
}

bool WindowKeys::has_key(const KeyChange& change) const {
  return change.before[0] != nullptr;
}

Result<void> WindowKeys::find_leaving(std::string_view key, const Window& window,
                                      std::vector<KeyChange>& changes) {
  HAPAX_ASSIGN(HotState* const hot, find_or_load(window, key));
  if (const KeyState& state = freezer_.open(*hot); state.events > 0) {
    changes.push_back({.window = window, .before = {&state}});
  }
  return {};
}

void WindowKeys::leave(std::string_view key, const Window& window) {
  replace(windows_.at(window).find(key)->second, KeyState());
}

Result<void> WindowKeys::visit_keys(const Window& window, const VisitKey& visit) {
  const auto found = windows_.find(window);
  const Keys* const hot = found != windows_.end() ? &found->second : nullptr;
  const std::string begin = window_key(window);
  HAPAX_TRY(store_.scan(table_, begin, begin + kBehindAllKeys,
                        [&](std::string_view row, std::string_view) {
                          const std::string_view key = row.substr(begin.size());
                          if (hot == nullptr || !hot->contains(key)) {
                            visit(key);
                          }
                          return true;
                        }));
  if (hot != nullptr) {
    for (const auto& [key, state] : *hot) {
      if (has_events(state)) {
        visit(key);
      }
    }
  }
  return {};
}

bool WindowKeys::has_events(const HotState& hot) const {
  return freezer_.read(hot, [](const KeyState& state) { return state.events > 0; });
}

/// What is made and not applied is of no event, and is forgotten as a clean one is.
Result<WindowKeys::HotState*> WindowKeys::find_or_load(const Window& window, std::string_view key) {
  Keys& keys = windows_.try_emplace(window, 0, SeededTextHash{.seed = seed_}).first->second;
  if (const auto found = keys.find(key); found != keys.end()) {
    return &found->second;
  }
  HAPAX_ASSIGN(const std::optional<std::string> stored,
               store_.find(table_, window_key(window).append(key)));
  KeyState loaded;
  if (stored) {
    std::optional<KeyState> state = decode_key_state(*stored, form_);
    if (!state) {
      return damaged_cell(table_);
    }
    loaded = std::move(*state);
  }
  const auto made = keys.try_emplace(std::string(key), window, std::move(loaded)).first;
  HotState& hot = made->second;
  hot.key = made->first;
  freezer_.add(hot);
  ++hot_keys_;
  memory_bytes_ += hot.bytes(freezer_.open(hot));
  return &hot;
}

void WindowKeys::drop_before(const Window& first) {
  freezer_.forget_changes([&](const HotState& hot) { return hot.window < first; });
  while (!windows_.empty() && windows_.begin()->first < first) {
    bury(std::move(windows_.begin()->second));
    windows_.erase(windows_.begin());
  }
  dropped_before_ = window_key(first);
}

FrozenRows WindowKeys::freeze() {
  FrozenRows frozen{.table = table_};
  if (!dropped_before_.empty()) {
    frozen.erased.push_back({.from = {}, .to = std::exchange(dropped_before_, {})});
  }
  frozen.images = freezer_.freeze();
  return frozen;
}

std::size_t WindowKeys::HotState::freeze(KeyState& state, std::vector<FrozenRows::Row>& to) const {
  const bool has_left = state.events == 0;
  to.emplace_back(window_key(window).append(key),
                  has_left ? std::nullopt : std::optional(encode_key_state(state)));
  return 0;
}

void WindowKeys::commit() {
  freezer_.commit();
}

void WindowKeys::bury(Keys keys) {
  for (auto& [key, hot] : keys) {
    memory_bytes_ -= hot.bytes(freezer_.open(hot));
    freezer_.leave(hot);
  }
  hot_keys_ -= keys.size();
  freezer_.bury(std::move(keys));
}

void WindowKeys::forget(HotState& hot) {
  assert(freezer_.is_saved(hot));
  --hot_keys_;
  memory_bytes_ -= hot.bytes(freezer_.open(hot));
  erase_of_window(windows_, hot.window, hot.key);
}

std::size_t WindowKeys::evict(const Eviction& what) {
  const auto is_old = [&](const HotState& hot) {
    return hot.window.end <= what.over ||
           freezer_.freezes_since(hot) >= std::min(kIdleFreezes, what.age_min);
  };
  return freezer_.forget_old(what.count_max, is_old, [this](HotState& hot) { forget(hot); });
}

}  // namespace hapax
