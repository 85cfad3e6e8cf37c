// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string_view>
#include <vector>

#include "collector/collector.hpp"
#include "collector/segment_numbering.hpp"
#include "core/mutex.hpp"

namespace hapax {

/// The collector's statistics. Outlives the collector while appends are under way.
/// Threading: all calls may run at the same time. What succeeds costs a few additions; what is
/// refused or rejected is counted by its code, under a lock.
class CollectorCounters {
 public:
  void request() { add(1, requests_); }

  void received(std::uint64_t events) { add(events, events_received_); }

  void numbering(const SentNumbering& sent) {
    if (sent.is_useless) {
      add(1, numberings_ignored_);
    }
  }

  void stored(std::uint64_t accepted, const std::vector<std::string_view>& rejection_codes,
              const EventTimeCounts& event_times) {
    add(accepted, events_accepted_);
    if (!rejection_codes.empty() || !event_times.empty()) {
      const MutexLock lock(mutex_);
      event_times_.add(event_times);
      coded_.events_rejected += rejection_codes.size();
      for (const std::string_view code : rejection_codes) {
        count(coded_.rejections, code);
      }
    }
  }

  /// Of the request's events `received` had been counted as received.
  void refused(std::string_view source, std::string_view code, std::size_t body_bytes,
               std::uint64_t received) {
    const MutexLock lock(mutex_);
    coded_.events_unavailable += received;
    auto& refused = coded_.refused[{std::string(source), std::string(code)}];
    ++refused.requests;
    refused.bytes += body_bytes;
  }

  /// Events whose outcome is counted are counted as received too.
  CollectorStats stats() const {
    CollectorStats stats = coded();
    stats.events_accepted = events_accepted_.load();
    stats.events_received = events_received_.load();
    stats.requests = requests_.load();
    stats.numberings_ignored = numberings_ignored_.load();
    return stats;
  }

 private:
  using Count = std::atomic<std::uint64_t>;
  using Counts = std::map<std::string, std::uint64_t>;

  static void add(std::uint64_t number, Count& to) { to.fetch_add(number); }
  static void count(Counts& counts, std::string_view code) { ++counts[std::string(code)]; }

  CollectorStats coded() const {
    const MutexLock lock(mutex_);
    CollectorStats stats = coded_;
    stats.event_times = event_times_.list();
    return stats;
  }

  Count requests_ = 0;
  Count events_received_ = 0;
  Count events_accepted_ = 0;
  Count numberings_ignored_ = 0;

  mutable Mutex mutex_;
  CollectorStats coded_ HAPAX_GUARDED_BY(mutex_);  // What is counted by code, and the sums of it.
  EventTimeCounts event_times_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
