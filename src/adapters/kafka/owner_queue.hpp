// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"

namespace hapax::kafka {

/// A descriptor that is readable once somebody has woken it, until it is cleared.
/// Threading: all calls may run at the same time.
class WakeUp {
 public:
  /// Errors: kExhausted, there are no more descriptors.
  static Result<std::unique_ptr<WakeUp>> open();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  int fd() const { return fd_; }
  void wake();
  void clear();
  /// True when it was woken, false after `timeout`.
  bool wait(std::chrono::milliseconds timeout) const;

 private:
  explicit WakeUp(int fd) : fd_(fd) {}

  const int fd_;
};

/// What other threads have for an owner to run.
/// Threading: post() from any; run() by the owner.
class OwnerQueue {
 public:
  explicit OwnerQueue(WakeUp& wake_up) : wake_up_(wake_up) {}

  void post(std::function<void()> act);
  /// Runs what was posted before, in its order. Returns how many.
  std::size_t run();

 private:
  WakeUp& wake_up_;
  Mutex mutex_;
  std::vector<std::function<void()>> acts_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax::kafka
