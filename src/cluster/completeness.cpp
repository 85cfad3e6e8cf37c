// SPDX-License-Identifier: Apache-2.0
#include "cluster/completeness.hpp"

#include <algorithm>

namespace hapax {

void Completeness::apply(const ControlNote& note, ProcessingTime appended_at) {
  now_ = std::max(now_, appended_at);
  if (const auto* joined = std::get_if<CollectorJoined>(&note)) {
    live_.try_emplace(joined->collector, Live{.oldest_unsettled = bound_, .heard_at = now_});
  } else if (const auto* report = std::get_if<CollectorReport>(&note)) {
    if (const auto live = live_.find(report->collector); live != live_.end()) {
      live->second.oldest_unsettled =
          std::max(live->second.oldest_unsettled, report->oldest_unsettled);
      live->second.heard_at = now_;
    }
  } else if (const auto* gone = std::get_if<CollectorGone>(&note)) {
    live_.erase(gone->collector);
  }
  raise();
}

/// Without any collector it stays: the next one begins there.
void Completeness::raise() {
  if (live_.empty()) {
    return;
  }
  ProcessingTime oldest = ProcessingTime::max();
  for (const auto& [collector, live] : live_) {
    oldest = std::min(oldest, live.oldest_unsettled);
  }
  bound_ = oldest;  // None of them was ever below it.
}

std::vector<Completeness::Silent> Completeness::silent(Microseconds timeout) const {
  std::vector<Silent> silent;
  for (const auto& [collector, live] : live_) {
    if (live.heard_at + timeout < now_) {
      silent.push_back({.collector = collector, .since = live.heard_at});
    }
  }
  return silent;
}

}  // namespace hapax
