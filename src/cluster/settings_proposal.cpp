// SPDX-License-Identifier: Apache-2.0
#include "cluster/settings_proposal.hpp"

#include <utility>

namespace hapax {
namespace {

constexpr PartitionId kControl{0};

}  // namespace

SettingsProposal::SettingsProposal(ClusterSettings next, Topic& control, ControlFollower& follower)
    : next_(std::move(next)), follower_(follower), notes_(control) {
  next_.epoch = SettingsEpoch(follower.state().settings().newest().epoch.value() + 1);
  notes_.append(kControl, {.header = {}, .value = encode_note(next_)});
}

Result<bool> SettingsProposal::step() {
  notes_.step();
  HAPAX_TRY(follower_.step());
  const ClusterSettings* const holds = follower_.state().settings().of(next_.epoch);
  if (holds == nullptr) {
    return notes_.trouble() ? Result<bool>(*notes_.trouble()) : false;
  }
  if (*holds != next_) {
    return Error{ErrorKind::kInvalid, "somebody else has changed the settings at the same moment",
                 "look at what holds now, and try again"};
  }
  const bool is_durable = notes_.durable_below() == notes_.next_number();
  return !is_durable && notes_.trouble() ? Result<bool>(*notes_.trouble()) : is_durable;
}

}  // namespace hapax
