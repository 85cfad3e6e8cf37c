// SPDX-License-Identifier: Apache-2.0
#include "events/event_listener.hpp"

#include <fmt/format.h>

#include <utility>

namespace hapax {

bool EventListener::takes(std::uint64_t key, Time now) {
  const bool is_taken = sampler_.takes(key, now);
  skipped_ += is_taken ? 0 : 1;
  return is_taken;
}

/// The newest one in any case.
void EventListener::add(Entry entry) {
  waiting_bytes_ += entry->size();
  waiting_.push_back(std::move(entry));
  while (waiting_.size() > settings_.waiting_max ||
         (waiting_bytes_ > settings_.waiting_bytes_max && waiting_.size() > 1)) {
    waiting_bytes_ -= waiting_.front()->size();
    waiting_.pop_front();
    ++skipped_;
  }
}

void EventListener::send(Time now, bool keep_alive) {
  const bool has_frame = has_news() && now >= next_frame_;
  if (!has_frame && !keep_alive) {
    is_blocked_ = false;  // Unknown until then.
    return;
  }
  is_blocked_ = !outlet_.takes(lane_);
  if (is_blocked_) {
    return;
  }
  outlet_.add(lane_, std::make_shared<const std::string>(has_frame ? frame() : ": still here\n\n"));
  outlet_.flush();
  if (has_frame) {
    waiting_.clear();
    waiting_bytes_ = 0;
    skipped_ = 0;
    begun_ = true;
    next_frame_ = now + settings_.interval;
  }
}

void EventListener::end(const Entry& last) noexcept {
  is_over_ = true;
  try {
    outlet_.add(last);
  } catch (...) {  // No memory: it ends without a word.
  }
  outlet_.end();
  outlet_.flush();
}

std::string EventListener::frame() {
  std::string text = R"(data: {"events":[)";
  text.reserve(waiting_bytes_ + waiting_.size() + 100);
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    text.append(i == 0 ? "" : ",").append(*waiting_[i]);
  }
  return text.append(
      fmt::format("],\"skipped\":{},\"sampled\":{}}}\n\n", skipped_, sampler_.share()));
}

std::optional<EventListener::Time> EventListener::next() const {
  return has_news() && !is_blocked_ ? std::optional(next_frame_) : std::nullopt;
}

}  // namespace hapax
