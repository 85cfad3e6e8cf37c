// SPDX-License-Identifier: Apache-2.0
#include "cluster/awaited_verdicts.hpp"

#include <algorithm>

namespace hapax {

void AwaitedVerdicts::tell(Offset at, const VerdictBlock& block) {
  for (const DecidedOffset& decided : block.decided) {
    if (decided.offset < floor_) {
      continue;
    }
    const auto [place, is_new] =
        told_.try_emplace(decided.offset, Told{.verdict = decided.verdict, .at = at});
    if (!is_new && place->second.verdict != decided.verdict) {
      ++contradictions_;
    }
  }
}

std::optional<Verdict> AwaitedVerdicts::of(Offset event) const {
  const auto found = told_.find(event);
  return found == told_.end() ? std::optional<Verdict>() : found->second.verdict;
}

void AwaitedVerdicts::forget_below(Offset counted) {
  floor_ = std::max(floor_, counted);
  told_.erase(told_.begin(), told_.lower_bound(floor_));
}

Offset AwaitedVerdicts::needed_from(Offset counted, Offset read) const {
  Offset from = read;
  for (auto told = told_.lower_bound(counted); told != told_.end(); ++told) {
    from = std::min(from, told->second.at);
  }
  return from;
}

}  // namespace hapax
