// SPDX-License-Identifier: Apache-2.0
#include "cluster/completeness.hpp"

#include <algorithm>

namespace hapax {

void Completeness::apply(const ControlNote& note, ProcessingTime appended_at, bool stands) {
  now_ = std::max(now_, appended_at);
  if (const auto* joined = std::get_if<CollectorJoined>(&note)) {
    if (!is_gone(joined->collector)) {  // Else it is a note that was appended again.
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
    if (!is_gone(gone->collector)) {
      gone_.push_back(gone->collector);
    }
    if (gone_.size() > kGoneMax) {
      gone_.pop_front();
    }
  }
  if (!stands) {
    raise();
  }
}

bool Completeness::is_gone(CollectorId collector) const {
  return std::ranges::find(gone_, collector) != gone_.end();
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

void Completeness::encode(ByteWriter& out) const {
  out.put_time(bound_);
  out.put_time(now_);
  out.put_u32(static_cast<std::uint32_t>(live_.size()));
  for (const auto& [collector, live] : live_) {
    out.put_u64(collector.value());
    out.put_time(live.oldest_unsettled);
    out.put_u64(live.reports);
  }
  out.put_u32(static_cast<std::uint32_t>(gone_.size()));
  for (const CollectorId collector : gone_) {
    out.put_u64(collector.value());
  }
}

void Completeness::restore(ByteReader& in) {
  bound_ = in.processing_time();
  now_ = in.processing_time();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    const CollectorId collector(in.u64());
    live_[collector].oldest_unsettled = in.processing_time();
    live_[collector].reports = in.u64();
  }
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    gone_.emplace_back(in.u64());
  }
}

}  // namespace hapax
