// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "ports/side_work.hpp"

namespace hapax {

/// Side work that waits until a test lets it be done, here. Threading: one owner.
class HeldSideWork : public SideWork {
 public:
  void run(Work work, Done done) override {
    waiting_.emplace_back(std::move(work), std::move(done));
  }

  std::size_t waiting() const { return waiting_.size(); }
  /// Does all that waits, in order.
  void work_off() {
    while (!waiting_.empty()) {
      auto [work, done] = std::move(waiting_.front());
      waiting_.pop_front();
      Result<void> outcome = work();
      work = nullptr;
      done(std::move(outcome));
    }
  }

 private:
  std::deque<std::pair<Work, Done>> waiting_;
};

}  // namespace hapax
