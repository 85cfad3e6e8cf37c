// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

#include "core/mutex.hpp"

namespace hapax {

/// Does something once a second on a thread of its own.
/// Threading: one owner.
class EverySecond {
 public:
  /// What `act` throws is logged.
  explicit EverySecond(std::function<void()> act);
  ~EverySecond();

  /// Ends the thread, after what it does.
  void stop();

 private:
  void run();

  const std::function<void()> act_;
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ HAPAX_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: runs on all of the above.
};

}  // namespace hapax
