// SPDX-License-Identifier: Apache-2.0
#include "cluster/standby_judge.hpp"

namespace hapax {

StandbyJudge::StandbyJudge(PartitionId partition, const Parts& parts)
    : judged_(parts.judged),
      copy_(std::in_place, parts.objects, parts.line, claims_state_name(partition),
            claims_state_topics(parts.events, parts.claims, parts.verdicts)),
      restoration_(parts.side, parts.judged) {}

Result<void> StandbyJudge::step() {
  return copy_ ? restore() : judged_.step();
}

Result<void> StandbyJudge::restore() {
  if (restoration_.has_begun()) {
    HAPAX_ASSIGN(const bool is_over, restoration_.end(false));
    if (is_over) {
      copy_.reset();
    }
    return {};
  }
  copy_->step();
  if (copy_->failure()) {
    return *copy_->failure();
  }
  return copy_->is_here() ? restoration_.begin(copy_->manifest(), copy_->take_files())
                          : Result<void>();
}

}  // namespace hapax
