// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "core/mutex.hpp"

namespace hapax {

/// Runs tasks one after the other on a thread of its own, for work that neither the processor's
/// thread nor those of HTTP should be held up by.
/// Threading: all calls may run at the same time.
class TaskThread {
 public:
  using Task = std::function<void()>;

  TaskThread() : thread_([this] { run(); }) {}
  ~TaskThread() { stop(); }

  /// Runs `task` later; after stop(), at once.
  void post(Task task);

  /// Runs what was posted, then ends the thread.
  void stop();

 private:
  void run();

  Mutex mutex_;
  CondVar filled_;
  std::vector<Task> tasks_ HAPAX_GUARDED_BY(mutex_);
  bool stopping_ HAPAX_GUARDED_BY(mutex_) = false;
  Mutex stop_mutex_;
  std::thread thread_ HAPAX_GUARDED_BY(stop_mutex_);  ///< Last: runs on all of the above.
};

}  // namespace hapax
