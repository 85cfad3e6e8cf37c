// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>

#include "core/ids.hpp"

namespace hapax {

/// Whether judges seem to be gone: a partition of events has lacked the verdict on one and the same
/// event for too long, and for some rounds of what this process does itself. It is a guess, by
/// which judges that stand by begin to speak. One that is wrong costs that verdicts are said twice.
/// Threading: one owner. Times are of a clock that does not step.
class LateVerdicts {
 public:
  /// `limit`: so long nobody worries. `remembered`: for so long behind the last late one they are
  /// taken to be late, since whoever takes over the judges must fetch their states.
  LateVerdicts(std::chrono::nanoseconds limit, std::chrono::nanoseconds remembered)
      : limit_(limit), remembered_(remembered) {}

  /// Once in each round. `lacking`: the next event to be counted of each partition that is
  /// here, where that lacks its verdict.
  void look(const std::map<PartitionId, Offset>& lacking, std::chrono::nanoseconds now) {
    std::erase_if(since_, [&](const auto& one) {
      const auto event = lacking.find(one.first);
      return event == lacking.end() || event->second != one.second.event;
    });
    for (const auto& [partition, event] : lacking) {
      Lacking& since = since_.try_emplace(partition, Lacking{event, now}).first->second;
      if (++since.looks > kRounds && now - since.since >= limit_) {
        late_until_ = now + remembered_;
      }
    }
  }
  bool are_late(std::chrono::nanoseconds now) const { return now < late_until_; }

 private:
  struct Lacking {
    Offset event;
    std::chrono::nanoseconds since;
    unsigned looks = 0;
  };

  /// A claim and its verdict need some, each of which takes long where much is to be done.
  static constexpr unsigned kRounds = 8;

  const std::chrono::nanoseconds limit_;
  const std::chrono::nanoseconds remembered_;
  std::map<PartitionId, Lacking> since_;
  std::chrono::nanoseconds late_until_{0};
};

}  // namespace hapax
