// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrival/arrival_clock.hpp"
#include "collector/answer.hpp"
#include "collector/collector.hpp"
#include "collector/collector_counters.hpp"
#include "collector/event_time_counts.hpp"
#include "core/result.hpp"
#include "record/receipt.hpp"

namespace hapax {

/// A request from its arrival to its answer, which it gives once: later calls do nothing. Shared
/// with the append of its records, so it holds what it needs once the collector is gone.
/// Threading: one owner, first the caller of ingest(), then the log's thread.
class PendingRequest {
 public:
  PendingRequest(std::shared_ptr<CollectorCounters> counters, std::size_t body_bytes,
                 Collector::Respond respond);

  /// Whose request it is, once that is known.
  void belongs_to(std::string_view source) { source_ = source; }

  /// When the request was received. It counts as on its way until this object is gone.
  const ArrivalClock::Arrival& arrive(ArrivalClock& arrivals) {
    return arrival_.emplace(arrivals.arrive());
  }

  /// `time`: how the event's time came about.
  void accept(const EventTimeDecision& time) {
    ++outcome_.accepted;
    event_times_.add(time);
  }

  /// `is_whole`: the event is all there is in the request, and its fate is the answer's.
  void reject(std::size_t index, std::string_view message_id, const Problem& problem,
              bool is_whole);

  /// All events are judged: from here on they are counted.
  void receive();

  void refuse(const Refusal& refusal);

  /// The append ended. Throws nothing that the answer meets on its way.
  void settle(const Result<Receipt>& receipt);

 private:
  IngestResponse stored_answer(const Receipt& receipt) const;
  void answer(IngestResponse response);

  const std::shared_ptr<CollectorCounters> counters_;
  const std::size_t body_bytes_;
  std::optional<ArrivalClock::Arrival> arrival_;
  Collector::Respond respond_;  // Empty once it was called.
  std::string source_;
  Outcome outcome_;
  EventTimeCounts event_times_;
  std::vector<std::string_view> rejection_codes_;  // Literals.
  std::optional<Problem> whole_problem_;
  std::uint64_t received_ = 0;
};

}  // namespace hapax
