// SPDX-License-Identifier: Apache-2.0
#include "collector/event_time_counts.hpp"

#include <algorithm>

namespace hapax {
namespace {

constexpr std::array<std::string_view, 4> kReasons{"ahead_corrected", "behind_corrected",
                                                   "behind_left", "too_far_ahead"};
constexpr std::array<std::string_view, 5> kSizes{"1s", "1m", "1h", "1d", "more"};
constexpr std::array<Microseconds, 4> kSizeMax{std::chrono::seconds(1), std::chrono::minutes(1),
                                               std::chrono::hours(1), std::chrono::hours(24)};

// Its place in kReasons; behind them for those without a size.
std::size_t index_of(EventTimeReason reason) {
  switch (reason) {
    case EventTimeReason::kAheadCorrected:
      return 0;
    case EventTimeReason::kBehindCorrected:
      return 1;
    case EventTimeReason::kBehindLeft:
      return 2;
    case EventTimeReason::kTooFarAhead:
      return 3;
    case EventTimeReason::kAsSent:
    case EventTimeReason::kAtArrival:
    case EventTimeReason::kUnreadable:
      break;
  }
  return kReasons.size();
}

std::size_t index_of(Microseconds size) {
  return static_cast<std::size_t>(std::lower_bound(kSizeMax.begin(), kSizeMax.end(), size) -
                                  kSizeMax.begin());
}

}  // namespace

void EventTimeCounts::add(const EventTimeDecision& decision) {
  if (const std::size_t reason = index_of(decision.reason); reason < kReasons.size()) {
    ++counts_[reason][index_of(decision.size)];
    empty_ = false;
  }
}

void EventTimeCounts::add(const EventTimeCounts& other) {
  for (std::size_t reason = 0; reason < kReasonCount; ++reason) {
    for (std::size_t size = 0; size < kSizeCount; ++size) {
      counts_[reason][size] += other.counts_[reason][size];
    }
  }
  empty_ = empty_ && other.empty_;
}

std::vector<EventTimeCount> EventTimeCounts::list() const {
  std::vector<EventTimeCount> list;
  for (std::size_t reason = 0; reason < kReasonCount; ++reason) {
    for (std::size_t size = 0; size < kSizeCount; ++size) {
      if (counts_[reason][size] > 0) {
        list.push_back({kReasons[reason], kSizes[size], counts_[reason][size]});
      }
    }
  }
  return list;
}

}  // namespace hapax
