// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "core/ids.hpp"

namespace hapax {

/// Whether judges seem to be gone: a partition of events has lacked the verdict on one and the same
/// event for too long, while this process looked. It is a guess, by which judges that stand by
/// begin to speak. One that is wrong costs that verdicts are said twice. Threading: one owner.
/// Times are of a clock that does not step.
class LateVerdicts {
 public:
  /// `limit`: so long nobody worries. `remembered`: for so long behind the last late one they are
  /// taken to be late, since whoever takes over the judges must fetch their states.
  LateVerdicts(std::chrono::nanoseconds limit, std::chrono::nanoseconds remembered)
      : limit_(limit), remembered_(remembered) {}

  /// Once in each round of what the process does. `lacking`: the next event to be counted of each
  /// partition that is here, where that lacks its verdict.
  void look(const std::map<PartitionId, Offset>& lacking, std::chrono::nanoseconds now) {
    // A claim and its verdict take some rounds: where these take long, so may they.
    waited_ += std::min<std::chrono::nanoseconds>(now - std::exchange(looked_, now), kRoundMax);
    std::erase_if(since_, [&](const auto& one) {
      const auto event = lacking.find(one.first);
      return event == lacking.end() || event->second != one.second.event;
    });
    for (const auto& [partition, event] : lacking) {
      if (waited_ - since_.try_emplace(partition, Lacking{event, waited_}).first->second.since >=
          limit_) {
        late_until_ = now + remembered_;
      }
    }
  }
  bool are_late(std::chrono::nanoseconds now) const { return now < late_until_; }

 private:
  struct Lacking {
    Offset event;
    std::chrono::nanoseconds since;  ///< As of waited_.
  };

  static constexpr std::chrono::milliseconds kRoundMax{60};

  const std::chrono::nanoseconds limit_;
  const std::chrono::nanoseconds remembered_;
  std::chrono::nanoseconds looked_{0};
  std::chrono::nanoseconds waited_{0};  // The time that passed, of each round kRoundMax at most.
  std::map<PartitionId, Lacking> since_;
  std::chrono::nanoseconds late_until_{0};
};

}  // namespace hapax
