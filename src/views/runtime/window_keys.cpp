// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/window_keys.hpp"

#include <algorithm>
#include <iterator>

#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

// Node, state, flags; what the allocator and a checkpoint add to each.
constexpr std::size_t kStateOverheadBytes = 330;
constexpr char kBehindAllKeys = '\xFF';  // No value begins so.

}  // namespace

std::size_t WindowKeys::HotState::bytes() const {
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
    if (hot->state.events > 0) {
      change.before[0] = &hot->state;
      change.after.combine(hot->state);
    }
  }
  return {};
}

Result<const KeyState*> WindowKeys::peek(std::string_view key, const Window& window,
                                         EventTime /*first*/) {
  HAPAX_ASSIGN(const HotState* const hot, find_or_load(window, key));
  return hot->state.events > 0 ? &hot->state : nullptr;
}

void WindowKeys::apply(std::span<KeyChange> changes) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    HotState& hot = *found_[i];
    memory_bytes_ -= hot.bytes();
    hot.state = std::move(changes[i].after);
    memory_bytes_ += hot.bytes();
    note(hot);
  }
}

void WindowKeys::note(HotState& hot) {
  hot.idle = 0;
  if (!std::exchange(hot.dirty, true)) {
    dirty_.push_back(&hot);
  }
}

bool WindowKeys::has_key(const KeyChange& change) const {
  return change.before[0] != nullptr;
}

Result<void> WindowKeys::find_leaving(std::string_view key, const Window& window,
                                      std::vector<KeyChange>& changes) {
  HAPAX_ASSIGN(const HotState* const hot, find_or_load(window, key));
  if (hot->state.events > 0) {
    changes.push_back({.window = window, .before = {&hot->state}});
  }
  return {};
}

void WindowKeys::leave(std::string_view key, const Window& window) {
  HotState& hot = windows_.at(window).find(key)->second;
  memory_bytes_ -= hot.bytes();
  hot.state = KeyState();
  memory_bytes_ += hot.bytes();
  note(hot);
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
  for (const auto& [key, state] : hot != nullptr ? *hot : Keys(0, SeededTextHash())) {
    if (state.state.events > 0) {
      visit(key);
    }
  }
  return {};
}

/// What is made and not applied is of no event, and is forgotten as a clean one is.
Result<WindowKeys::HotState*> WindowKeys::find_or_load(const Window& window, std::string_view key) {
  Keys& keys = windows_.try_emplace(window, 0, SeededTextHash{.seed = seed_}).first->second;
  if (const auto found = keys.find(key); found != keys.end()) {
    return &found->second;
  }
  HAPAX_ASSIGN(const std::optional<std::string> stored,
               store_.find(table_, window_key(window).append(key)));
  HotState loaded{.window = window};
  if (stored) {
    std::optional<KeyState> state = decode_key_state(*stored, form_);
    if (!state) {
      return damaged_cell(table_);
    }
    loaded.state = std::move(*state);
  }
  const auto made = keys.emplace(std::string(key), std::move(loaded)).first;
  HotState& hot = made->second;
  hot.key = made->first;
  ++hot_keys_;
  memory_bytes_ += hot.bytes();
  return &hot;
}

void WindowKeys::drop_before(const Window& first) {
  const auto is_gone = [&](const HotState* hot) { return hot->window < first; };
  std::erase_if(dirty_, is_gone);
  std::erase_if(frozen_, is_gone);
  while (!windows_.empty() && windows_.begin()->first < first) {
    forget(windows_.begin()->second, [](const HotState&) { return true; });
    windows_.erase(windows_.begin());
  }
  dropped_before_ = window_key(first);
}

FrozenRows WindowKeys::freeze() {
  FrozenRows frozen{.table = table_};
  if (!dropped_before_.empty()) {
    frozen.erased.push_back({.from = {}, .to = std::exchange(dropped_before_, {})});
  }
  frozen_ = std::exchange(dirty_, {});
  frozen.rows.reserve(frozen_.size());
  for (HotState* const hot : frozen_) {
    hot->dirty = false;
    hot->frozen = true;
    const bool has_left = hot->state.events == 0;
    frozen.rows.emplace_back(window_key(hot->window).append(hot->key),
                             has_left ? std::nullopt : std::optional(encode_key_state(hot->state)));
  }
  return frozen;
}

void WindowKeys::commit() {
  for (HotState* const hot : std::exchange(frozen_, {})) {
    hot->frozen = false;
  }
}

template <typename Gone>
void WindowKeys::forget(Keys& keys, Gone gone) {
  for (auto entry = keys.begin(); entry != keys.end();) {
    const bool is_gone = gone(entry->second);
    if (is_gone) {
      --hot_keys_;
      memory_bytes_ -= entry->second.bytes();
    }
    entry = is_gone ? keys.erase(entry) : std::next(entry);
  }
}

template <typename Gone>
void WindowKeys::forget_until(EventTime until, Gone gone) {
  for (auto window = windows_.begin(); window != windows_.end() && window->first.end <= until;) {
    forget(window->second, gone);
    window = window->second.empty() ? windows_.erase(window) : std::next(window);
  }
}

void WindowKeys::evict(EventTime until) {
  forget_until(until, [](const HotState& hot) { return !hot.dirty && !hot.frozen; });
}

void WindowKeys::evict_idle() {
  forget_until(EventTime::max(), [](HotState& hot) {
    hot.idle += hot.idle < kIdleCalls ? 1 : 0;
    return hot.idle == kIdleCalls && !hot.dirty && !hot.frozen;
  });
}

}  // namespace hapax
