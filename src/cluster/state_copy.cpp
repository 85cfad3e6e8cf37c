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
  if (!manifest().payload.empty()) {
    HAPAX_TRY(topics_.compare(state_, manifest().topics));
  }
  fetch_.step(manifest().files);
  if (fetch_.failure()) {
    return *fetch_.failure();
  }
  if (fetch_.missing()) {
    return look_again();
  }
  here_ = fetch_.is_here();
  return {};
}

/// Its owner has gone on meanwhile, and removed the file.
Result<void> StateCopy::look_again() {
  const std::uint64_t number = manifest().number;
  if (lacks_ == number) {
    return Error{
        ErrorKind::kCorrupt,
        fmt::format("the object {} is gone, which manifest {} names", *fetch_.missing(), number),
        "restore it from a backup of the bucket"};
  }
  lacks_ = number;
  fetch_.begin_anew();
  search_.search_above(number - 1);
  return {};
}

}  // namespace hapax
