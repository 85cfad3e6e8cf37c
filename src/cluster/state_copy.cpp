// SPDX-License-Identifier: Apache-2.0
#include "cluster/state_copy.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hapax {

void StateCopy::step() {
  if (here_ || failure_) {
    return;
  }
  if (Result<void> done = go_on(); !done) {
    failure_ = std::move(done).error();
  }
}

Result<void> StateCopy::go_on() {
  search_.step();
  if (search_.failure()) {
    return *search_.failure();
  }
  if (!search_.newest()) {
    return {};
  }
  if (std::exchange(follows_, false)) {
    HAPAX_TRY(follow());
  }
  if (!manifest().payload.empty()) {
    HAPAX_TRY(topics_.compare(state_, manifest().topics));
  }
  fetch_.step(manifest().files);
  if (fetch_.failure()) {
    return *fetch_.failure();
  }
  if (fetch_.missing()) {  // Its owner has gone on, and removed the file.
    lacks_ = manifest().number;
    follows_ = true;
    search_.search_above(*lacks_ - 1);
    return {};
  }
  here_ = fetch_.is_here();
  return {};
}

/// What both states have is kept, so each time there is less to fetch.
Result<void> StateCopy::follow() {
  if (manifest().number == lacks_ || ++followed_ > kFollowedMax) {
    return Error{
        ErrorKind::kCorrupt,
        fmt::format("the object {} is gone, which manifest {} names", *fetch_.missing(), *lacks_),
        "restore it from a backup of the bucket"};
  }
  fetch_.keep(manifest().files);
  return {};
}

}  // namespace hapax
