// SPDX-License-Identifier: Apache-2.0
#include "cluster/completeness.hpp"

#include <algorithm>

namespace hapax {

void Completeness::apply(const ControlNote& note, ProcessingTime appended_at) {
  now_ = std::max(now_, appended_at);
  if (const auto* joined = std::get_if<CollectorJoined>(&note)) {
    if (!gone_.contains(joined->collector)) {  // Else it is a note that was appended again.
      live_.try_emplace(joined->collector, Live{.oldest_unsettled = bound_});
    }
  } else if (const auto* report = std::get_if<CollectorReport>(&note)) {
    if (const auto live = live_.find(report->collector); live != live_.end()) {
      live->second.oldest_unsettled =
          std::max(live->second.oldest_unsettled, report->oldest_unsettled);
      ++live->second.reports;
    }
  } else if (const auto* gone = std::get_if<CollectorGone>(&note)) {
    live_.erase(gone->collector);
    gone_.insert(gone->collector);
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
  bound_ = std::max(bound_, std::min(oldest, now_));
}

std::map<CollectorId, std::uint64_t> Completeness::heard() const {
  std::map<CollectorId, std::uint64_t> heard;
  for (const auto& [collector, live] : live_) {
    heard.emplace(collector, live.reports);
  }
  return heard;
}

}  // namespace hapax
