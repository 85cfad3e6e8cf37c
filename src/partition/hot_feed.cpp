// SPDX-License-Identifier: Apache-2.0
#include "partition/hot_feed.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

Error stopping() {
  return {ErrorKind::kClosed, "the process stops", "its partitions go to others"};
}

}  // namespace

void HotFeed::ask(std::optional<HotPlace> place, Answer answer) {
  const auto now = clock_.monotonic();
  Result<std::string> said = stopping();
  {
    const MutexLock lock(mutex_);
    const bool is_known =
        place && place->life == life_ && place->count >= first_ && place->count <= end();
    const HotPlace from = is_known ? *place : HotPlace{.life = life_, .count = end()};
    const bool waits = from.count == end();
    if (!is_stopped_ && waits && waiting_.size() >= settings_.readers_max) {
      said = Error{ErrorKind::kExhausted, "too many readers wait", "ask again in a moment"};
    } else if (!is_stopped_) {
      heard_until_ = now + settings_.wait_max + settings_.forgotten_after;
      beginnings_ += is_known ? 0 : 1;
      if (waits) {
        waiting_.push_back({from, now + settings_.wait_max, std::move(answer)});
        return;
      }
      said = answer_behind(from);
    }
  }
  answer(std::move(said));
}

void HotFeed::stop() {
  std::vector<Waiting> waiting;
  {
    const MutexLock lock(mutex_);
    is_stopped_ = true;
    waiting.swap(waiting_);
  }
  for (const Waiting& one : waiting) {
    one.answer(stopping());
  }
}

void HotFeed::tell(std::string update) {
  const MutexLock lock(mutex_);
  bytes_ += update.size();
  updates_.push_back(std::move(update));
  while (bytes_ > settings_.bytes_kept_max && updates_.size() > 1) {
    forget_oldest();
  }
}

void HotFeed::step() {
  const bool is_heard = this->is_heard();
  const auto now = clock_.monotonic();
  std::vector<Due> due;
  {
    const MutexLock lock(mutex_);
    while (!is_heard && !updates_.empty()) {
      forget_oldest();
    }
    std::erase_if(waiting_, [&](Waiting& waiting) HAPAX_REQUIRES(mutex_) {
      if (waiting.place.count >= end() && now < waiting.deadline) {
        return false;
      }
      due.emplace_back(std::move(waiting.answer), answer_behind(waiting.place));
      return true;
    });
  }
  for (auto& [answer, said] : due) {
    answer(std::move(said));
  }
}

/// Those that were let go since it waits are left out: their readers see a gap.
std::string HotFeed::answer_behind(const HotPlace& place) const {
  const std::uint64_t from = std::max(place.count, first_);
  std::uint64_t to = from;
  std::size_t bytes = 0;
  while (to < end() && (to == from || bytes < settings_.answer_bytes_max)) {
    bytes += updates_[to - first_].size();
    ++to;
  }
  std::string answer =
      encode_hot_head({.life = life_, .count = to}, static_cast<std::uint32_t>(to - from));
  answer.reserve(answer.size() + bytes);
  for (std::uint64_t at = from; at < to; ++at) {
    answer += updates_[at - first_];
  }
  return answer;
}

void HotFeed::forget_oldest() {
  bytes_ -= updates_.front().size();
  updates_.pop_front();
  ++first_;
}

}  // namespace hapax
