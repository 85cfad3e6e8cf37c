// SPDX-License-Identifier: Apache-2.0
#include "partition/hot_confirmation.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hapax {

HotConfirmation::HotConfirmation(HotFeed& feed, const std::vector<StateTopic>& topics,
                                 const Clock& clock)
    : feed_(feed), clock_(clock), confirmation_(guard(topics)) {}

/// Answers may come when this is gone.
std::vector<StateTopic> HotConfirmation::guard(const std::vector<StateTopic>& topics) {
  std::vector<StateTopic> guarded;
  for (const StateTopic& one : topics) {
    topics_.push_back(std::make_unique<GuardedTopic>(*one.topic));
    guarded.push_back({.what = one.what, .topic = topics_.back().get()});
  }
  return guarded;
}

bool HotConfirmation::is_free() const {
  const auto now = clock_.monotonic();
  const HotFeedSettings& settings = feed_.settings();
  return !is_asked_ && now >= ask_next_ &&
         spent_until_ <= now + settings.transfer(settings.answer_bytes_max);
}

void HotConfirmation::hold(std::string update) {
  assert(!is_asked_);
  spent_until_ =
      std::max(spent_until_, clock_.monotonic()) + feed_.settings().transfer(update.size());
  held_.push_back(std::move(update));
}

void HotConfirmation::deliver() {
  confirmation_.step();
  if (confirmation_.refusal()) {
    held_.clear();
    return;
  }
  if (!is_asked_ || !confirmation_.is_given()) {
    return;
  }
  is_asked_ = false;
  for (std::string& update : std::exchange(held_, {})) {
    feed_.tell(std::move(update));
  }
}

void HotConfirmation::ask() {
  if (is_asked_ || held_.empty()) {
    return;
  }
  is_asked_ = true;
  ask_next_ = clock_.monotonic() + feed_.settings().confirm_interval;
  confirmation_.ask();
}

}  // namespace hapax
