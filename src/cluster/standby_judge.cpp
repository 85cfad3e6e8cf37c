// SPDX-License-Identifier: Apache-2.0
#include "cluster/standby_judge.hpp"

namespace hapax {

StandbyJudge::StandbyJudge(PartitionId partition, const Parts& parts)
    : judged_(parts.judged),
      copy_(parts.objects, parts.line, claims_state_name(partition),
            claims_state_topics(parts.events, parts.claims, parts.verdicts)),
      restoration_(parts.side, parts.judged) {}

Result<void> StandbyJudge::step() {
  return restored_ ? judged_.step() : restore();
}

Result<void> StandbyJudge::restore() {
  if (restoration_.has_begun()) {
    HAPAX_ASSIGN(restored_, restoration_.end(false));
    return {};
  }
  copy_.step();
  if (copy_.failure()) {
    return *copy_.failure();
  }
  return copy_.is_here() ? restoration_.begin(copy_.manifest(), copy_.take_files())
                         : Result<void>();
}

}  // namespace hapax
