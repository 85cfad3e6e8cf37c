#pragma once

#include <mutex>
#include <string_view>
#include <vector>

#include "collector/collector.hpp"

namespace hapax {

/// The collector's statistics. Outlives the collector while appends are under way.
/// Threading: all calls may run at the same time; one request costs two short locks.
class CollectorCounters {
 public:
  void request() {
    const std::lock_guard lock(mutex_);
    ++stats_.requests;
  }

  void refused(std::string_view code) {
    const std::lock_guard lock(mutex_);
    count(stats_.requests_refused, code);
  }

  void received(std::uint64_t events) {
    const std::lock_guard lock(mutex_);
    stats_.events_received += events;
  }

  void stored(std::uint64_t accepted, const std::vector<std::string_view>& rejection_codes) {
    const std::lock_guard lock(mutex_);
    stats_.events_accepted += accepted;
    stats_.events_rejected += rejection_codes.size();
    for (const std::string_view code : rejection_codes) {
      count(stats_.rejections, code);
    }
  }

  void unavailable(std::uint64_t events, std::string_view code) {
    const std::lock_guard lock(mutex_);
    stats_.events_unavailable += events;
    count(stats_.requests_refused, code);
  }

  CollectorStats stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  using Counts = std::map<std::string, std::uint64_t>;

  static void count(Counts& counts, std::string_view code) { ++counts[std::string(code)]; }

  mutable std::mutex mutex_;
  CollectorStats stats_;
};

}  // namespace hapax
