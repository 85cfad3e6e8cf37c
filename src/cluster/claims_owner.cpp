// SPDX-License-Identifier: Apache-2.0
#include "cluster/claims_owner.hpp"

#include <utility>

#include "core/time_math.hpp"

namespace hapax {
ClaimsOwner::ClaimsOwner(PartitionId partition, const Parts& parts)
    : judged_(parts.judged),
      keeper_({.objects = parts.objects, .random = parts.random, .line = parts.line},
              {.state = claims_state_name(partition),
               .kind = RestorationLine::Kind::kJudge,
               .saves_per_collection = parts.saves_per_collection,
               .topics = claims_state_topics(parts.events, parts.claims, parts.verdicts)}),
      restoration_(parts.side, parts.judged),
      trimmer_(parts.claims, partition),
      retention_(parts.retention) {}

Result<void> ClaimsOwner::step() {
  keeper_.step();
  if (keeper_.failure()) {
    return *keeper_.failure();
  }
  if (keeper_.is_deposed() || !keeper_.is_here()) {
    return {};
  }
  if (!restored_) {
    HAPAX_TRY(restore());
    if (!restored_) {
      return {};
    }
  }
  HAPAX_TRY(judged_.step());
  return save();
}

Result<void> ClaimsOwner::restore() {
  if (!restoration_.has_begun()) {
    return restoration_.begin(keeper_.current(), keeper_.take_files());
  }
  HAPAX_ASSIGN(restored_, restoration_.end(true));
  saved_ = restoration_.position();
  return {};
}

/// Whoever takes the partition over begins where the state that is kept ends, and has the answers
/// to claims below that are not settled: the claims themselves are needed by nobody.
void ClaimsOwner::request_trim() {
  if (retention_) {
    trimmer_.trim(saved_, saturating_add(judged_.taken(), -*retention_));
  }
}

Result<void> ClaimsOwner::save() {
  if (being_saved_ && keeper_.current().number >= being_saved_->number) {
    saved_ = being_saved_->position;
    being_saved_.reset();
    judged_.state()->kept(keeper_.current().files);
  }
  if (save_requested_ && !frozen_ && keeper_.is_idle() && saved_ != judged_.position()) {
    Result<StateImage> image = judged_.state()->freeze(keeper_.current().number + 1);
    if (!image) {
      return std::move(image).error();
    }
    frozen_ = {.position = judged_.position(),
               .verdicts_below = judged_.next_number(),
               .image = std::move(*image)};
  }
  save_requested_ = false;
  if (frozen_ && keeper_.is_idle() && judged_.durable_below() >= frozen_->verdicts_below) {
    frozen_->image.payload = encode_claims_payload(frozen_->position, frozen_->image.payload);
    keeper_.save(std::move(frozen_->image));
    being_saved_ = {.position = frozen_->position, .number = keeper_.current().number + 1};
    frozen_.reset();
  }
  return {};
}

}  // namespace hapax
