// SPDX-License-Identifier: Apache-2.0
#include "cluster/publisher.hpp"

namespace hapax {

void Publisher::step() {
  if (busy_ || waiting_.empty()) {
    return;
  }
  busy_ = true;
  Publication& next = waiting_.front();
  if (next.rows_are_there) {
    cells_.write_progress(partition_, next.progress, [this](const Result<void>& done) {
      busy_ = false;
      if (done.has_value()) {
        waiting_.pop_front();
      }
    });
    return;
  }
  cells_.write_rows(partition_, next.rows, [this](const Result<void>& done) {
    busy_ = false;
    waiting_.front().rows_are_there = done.has_value();
  });
}

}  // namespace hapax
