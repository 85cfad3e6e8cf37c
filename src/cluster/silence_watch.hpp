// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "cluster/completeness.hpp"

namespace hapax {

/// Names collectors that have said nothing for too long, so that somebody declares them gone. That
/// is a note, so it does not matter who does, how often, or by which clock: this one is of the
/// process that looks, and never steps. To be used by who has read the topic of control to its end,
/// several times a second: time in which nobody looked, as the process stood still, is no silence.
/// Threading: one owner.
class SilenceWatch {
 public:
  explicit SilenceWatch(Microseconds timeout) : timeout_(timeout) {}

  /// `now`: of a clock that does not step. Those that were silent for the timeout while it looked.
  std::vector<CollectorId> look(const Completeness& completeness, std::chrono::nanoseconds now) {
    // Nobody heard anything while nobody looked.
    const std::chrono::nanoseconds missed = now - std::exchange(looked_, now);
    if (missed > kLookEvery) {
      for (auto& [collector, heard] : heard_) {
        heard.at += missed;
      }
    }
    std::vector<CollectorId> silent;
    std::map<CollectorId, Heard> heard;
    for (const auto& [collector, reports] : completeness.heard()) {
      const auto before = heard_.find(collector);
      const bool same = before != heard_.end() && before->second.reports == reports;
      const Heard& last =
          heard.emplace(collector, same ? before->second : Heard{.reports = reports, .at = now})
              .first->second;
      if (now - last.at >= timeout_) {
        silent.push_back(collector);
      }
    }
    heard_ = std::move(heard);
    return silent;
  }

 private:
  struct Heard {
    std::uint64_t reports = 0;
    std::chrono::nanoseconds at{0};
  };

  static constexpr std::chrono::seconds kLookEvery{1};

  const Microseconds timeout_;
  std::chrono::nanoseconds looked_{0};
  std::map<CollectorId, Heard> heard_;
};

}  // namespace hapax
