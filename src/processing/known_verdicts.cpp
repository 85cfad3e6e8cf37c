// SPDX-License-Identifier: Apache-2.0
#include "processing/known_verdicts.hpp"

#include <algorithm>
#include <utility>

namespace hapax {

Result<bool> KnownVerdicts::read(const LogBatch& batch, std::vector<Verdict>& known) {
  VerdictRun& found = found_[batch.partition.value()];
  const Offset end = advance(batch.base_offset, batch.record_count);
  std::vector<Verdict> verdicts;
  for (Offset at = batch.base_offset; at < end; at = advance(batch.base_offset, verdicts.size())) {
    if (at < found.base || at >= found.end()) {
      HAPAX_ASSIGN(auto next, reader_.read(batch.partition, at));
      if (!next || next->run.base > at) {
        return false;
      }
      found = std::move(next->run);
    }
    const auto first = static_cast<std::ptrdiff_t>(at.value() - found.base.value());
    const auto last =
        static_cast<std::ptrdiff_t>(std::min(end, found.end()).value() - found.base.value());
    verdicts.insert(verdicts.end(), found.verdicts.begin() + first, found.verdicts.begin() + last);
  }
  known = std::move(verdicts);
  return true;
}

bool verdicts_fit(std::span<const Verdict> verdicts, std::span<const KeyedEvent> events) {
  return std::ranges::equal(verdicts, events, [](Verdict verdict, const KeyedEvent& keyed) {
    const bool is_rejected = verdict == Verdict::kRejected;
    return verdict != Verdict::kControl && is_rejected == keyed.event.rejection.has_value();
  });
}

}  // namespace hapax
