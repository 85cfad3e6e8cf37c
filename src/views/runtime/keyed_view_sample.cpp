// SPDX-License-Identifier: Apache-2.0
// Which keys a view over keys counts.
#include "views/runtime/keyed_view.hpp"

namespace hapax {

/// The states of the windows of which the key is in the sample. In those that it just does not fit
/// into nothing changes but the sample.
Result<void> KeyedView::find_sampled(std::span<const Window> windows) {
  sampled_.clear();
  for (const Window& window : windows) {
    if (!samples_->is_out(samples_->scope(window), key_)) {
      sampled_.push_back(window);
    }
  }
  if (sampled_.empty()) {
    changes_.clear();
    return {};
  }
  HAPAX_TRY(find_states(sampled_));
  HAPAX_TRY(make_room());
  return joining_.empty() ? Result<void>() : leave_out_refused();
}

Result<void> KeyedView::make_room() {
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (states_->has_key(changes_[i])) {
      continue;
    }
    const Window& scope = samples_->scope(sampled_[i]);
    HAPAX_ASSIGN(KeySamples::Room room, samples_->room_for(scope, key_, *states_));
    for (const std::string& key : room.leaving) {
      HAPAX_TRY(states_->find_leaving(key, scope, leaving_));
    }
    joining_.push_back({.window = scope, .room = std::move(room)});
  }
  return {};
}

Result<void> KeyedView::leave_out_refused() {
  const std::size_t found = sampled_.size();
  for (const Joining& joining : joining_) {
    if (!joining.room.is_kept) {
      std::erase_if(sampled_, [&](const Window& window) {
        return samples_->scope(window) == joining.window;
      });
    }
  }
  if (sampled_.empty()) {
    changes_.clear();
    return {};
  }
  return sampled_.size() < found ? find_states(sampled_) : Result<void>();
}

void KeyedView::keep_sample() {
  for (const Joining& joining : joining_) {
    for (const std::string& key : joining.room.leaving) {
      states_->leave(key, joining.window);
    }
    samples_->take(joining.window, key_, joining.room);
  }
}

std::shared_ptr<const KeyShares> KeyedView::key_shares() {
  return samples_ ? samples_->shares() : nullptr;
}

std::optional<KeyReport> KeyedView::key_report() const {
  return samples_ ? std::optional(samples_->report()) : std::nullopt;
}

}  // namespace hapax
