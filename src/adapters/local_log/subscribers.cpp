// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/subscribers.hpp"

#include <algorithm>

namespace hapax {

SubscriberId Subscribers::subscribe(LogSubscription subscription,
                                    std::span<const PartitionStart> starts) {
  const auto [found, is_new] = by_name_.try_emplace(std::move(subscription.name));
  auto& subscriber = found->second;
  if (is_new) {
    subscriber.id = SubscriberId(++next_id_);
    for (const auto& start : starts) {
      subscriber.claim.released.push_back(start.offset);
    }
  }
  subscriber.claim.bytes_limit = subscription.retained_bytes_limit;
  return subscriber.id;
}

void Subscribers::release(SubscriberId id, std::span<const Receipt::End> ends) {
  for (auto& [name, subscriber] : by_name_) {
    if (subscriber.id != id) {
      continue;
    }
    for (const auto& [partition, end] : ends) {
      auto& released = subscriber.claim.released[partition.value()];
      released = std::max(released, end);
    }
  }
}

bool Subscribers::unsubscribe(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    return false;
  }
  by_name_.erase(found);
  return true;
}

std::vector<RetentionClaim> Subscribers::claims() const {
  std::vector<RetentionClaim> claims;
  claims.reserve(by_name_.size());
  for (const auto& [name, subscriber] : by_name_) {
    claims.push_back(subscriber.claim);
  }
  return claims;
}

void Subscribers::pass(std::span<const PartitionStart> starts) {
  for (auto& [name, subscriber] : by_name_) {
    for (std::size_t p = 0; p < starts.size(); ++p) {
      auto& released = subscriber.claim.released[p];
      const auto start = std::max(released, starts[p].offset);
      subscriber.lost_records += start.value() - released.value();
      released = start;
    }
  }
}

std::vector<SubscriberStats> Subscribers::stats() const {
  std::vector<SubscriberStats> stats;
  stats.reserve(by_name_.size());
  for (const auto& [name, subscriber] : by_name_) {
    stats.push_back({.name = name,
                     .released = subscriber.claim.released,
                     .retained_bytes_limit = subscriber.claim.bytes_limit,
                     .held_bytes = 0,
                     .lost_records = subscriber.lost_records});
  }
  return stats;
}

}  // namespace hapax
