// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "events/event_verdict.hpp"

namespace hapax {

/// Where the first records of the newest ids are, up to so many of them. Threading: one owner.
class RecentFirsts {
 public:
  explicit RecentFirsts(std::size_t ids_max) : ids_max_(ids_max) {}

  /// `key`: event_key() of a record that is the first of its id.
  void add(std::uint64_t key, const EventAddress& at) {
    if (!firsts_.insert_or_assign(key, at).second) {
      return;
    }
    order_.push_back(key);
    if (order_.size() > ids_max_) {
      firsts_.erase(order_.front());
      order_.pop_front();
    }
  }
  std::optional<EventAddress> find(std::uint64_t key) const {
    const auto found = firsts_.find(key);
    return found != firsts_.end() ? std::optional(found->second) : std::nullopt;
  }
  void clear() {
    firsts_.clear();
    order_.clear();
  }

 private:
  const std::size_t ids_max_;
  std::unordered_map<std::uint64_t, EventAddress> firsts_;
  std::deque<std::uint64_t> order_;  ///< The oldest first.
};

}  // namespace hapax
