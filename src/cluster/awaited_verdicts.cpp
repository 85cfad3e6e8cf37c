// SPDX-License-Identifier: Apache-2.0
#include "cluster/awaited_verdicts.hpp"

#include <algorithm>
#include <span>

namespace hapax {

void AwaitedVerdicts::tell(Offset at, const VerdictBlock& block) {
  for (const DecidedOffset& decided : block.decided) {
    if (decided.offset < floor_) {
      continue;
    }
    const std::uint64_t event = decided.offset.value();
    Told& told = pages_[event / kPage][event % kPage];
    if (!told.verdict) {
      told = {.at = at, .verdict = decided.verdict};
    } else if (*told.verdict != decided.verdict) {
      ++contradictions_;
    }
  }
}

std::optional<Verdict> AwaitedVerdicts::of(Offset event) const {
  const auto page = pages_.find(event.value() / kPage);
  return page == pages_.end() || event < floor_ ? std::nullopt
                                                : page->second[event.value() % kPage].verdict;
}

void AwaitedVerdicts::forget_below(Offset counted) {
  floor_ = std::max(floor_, counted);
  pages_.erase(pages_.begin(), pages_.lower_bound(floor_.value() / kPage));
}

Offset AwaitedVerdicts::needed_from(Offset counted, Offset read) const {
  const std::uint64_t first = std::max(counted, floor_).value();
  Offset from = read;
  for (auto page = pages_.lower_bound(first / kPage); page != pages_.end(); ++page) {
    const std::size_t begin = page->first == first / kPage ? first % kPage : 0;
    for (const Told& told : std::span(page->second).subspan(begin)) {
      from = told.verdict ? std::min(from, told.at) : from;
    }
  }
  return from;
}

}  // namespace hapax
