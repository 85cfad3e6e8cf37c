// SPDX-License-Identifier: Apache-2.0
#include "cluster/publisher.hpp"

namespace hapax {

void Publisher::step() {
  if (busy_ || at_) {
    return;
  }
  busy_ = true;
  views_.version(partition_, [this](const Result<std::uint64_t>& at) { answered(at); });
}

void Publisher::publish(PartitionUpdate update) {
  busy_ = true;
  const std::uint64_t version = update.version;
  views_.publish(partition_, std::move(update), [this, version](const Result<void>& done) {
    answered(done ? Result<std::uint64_t>(version) : done.error());
  });
}

void Publisher::answered(const Result<std::uint64_t>& at) {
  busy_ = false;
  at_ = at ? std::optional(*at) : std::nullopt;
}

}  // namespace hapax
