// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/key_lives.hpp"

#include <algorithm>

#include "core/time_math.hpp"

namespace hapax {

Result<void> KeyLives::find(std::string_view key, const KeyState& event) {
  const KeyState bare{
      .events = 1, .first = event.first, .first_id = event.first_id, .last = event.last};
  return lives_.find(key, bare, {}, changes_);
}

bool KeyLives::began_with(const KeyState& state) const {
  return std::ranges::any_of(changes_[0].before, [&](const KeyState* before) {
    return before != nullptr && before->begins_as(state);
  });
}

std::vector<KeyState> KeyLives::lost_beginnings() const {
  std::vector<KeyState> lost;
  for (const KeyState* const before : changes_[0].before) {
    if (before != nullptr && !begins_with(*before)) {
      lost.push_back(*before);
    }
  }
  return lost;
}

void KeyLives::sweep(const std::function<bool(EventTime end)>& is_over) {
  if (silence_) {
    lives_.sweep([&](const KeyState& life) {
      return is_over(saturating_add(saturating_add(life.last, *silence_), *silence_));
    });
  }
}

}  // namespace hapax
