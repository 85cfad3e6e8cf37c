// SPDX-License-Identifier: Apache-2.0
#include "processing/block.hpp"

namespace hapax {

EventTally Block::unique_before(const BlockPlace& place) const {
  EventTally unique;
  for (std::size_t i = 0; i < count_ && i <= place.batches; ++i) {
    const TakenBatch& taken = batches_[i];
    const std::size_t events = i < place.batches ? taken.events.size() : place.events;
    for (std::size_t event = 0; event < events; ++event) {
      if (taken.verdicts[event] == Verdict::kUnique) {
        unique.add(taken.events[event].seen.id);
      }
    }
  }
  return unique;
}

}  // namespace hapax
