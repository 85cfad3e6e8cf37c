// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "core/mutex.hpp"

namespace hapax {

/// Runs tasks on threads of its own, for work that neither the processor's thread nor those of HTTP
/// should be held up by. They begin in the order in which they were posted.
/// Threading: all calls may run at the same time.
class TaskPool {
 public:
  using Task = std::function<void()>;
  enum class Priority {
    kNormal,
    kLow,  ///< Gives way to threads of normal priority when there is too little CPU for all.
  };

  /// With so many threads, or as many as there can be. Throws std::system_error when there is none.
  explicit TaskPool(std::size_t threads = 1, Priority priority = Priority::kNormal);
  ~TaskPool() { stop(); }

  /// Runs `task` later; after stop(), at once. What it throws is lost.
  void post(Task task);

  /// Runs what was posted, then ends the threads.
  void stop();

 private:
  void run();
  static void run(const Task& task) noexcept;

  Mutex mutex_;
  CondVar filled_;
  std::deque<Task> tasks_ HAPAX_GUARDED_BY(mutex_);
  bool stopping_ HAPAX_GUARDED_BY(mutex_) = false;
  Mutex stop_mutex_;
  std::vector<std::thread> threads_
      HAPAX_GUARDED_BY(stop_mutex_);  ///< Last: run on all of the above.
};

}  // namespace hapax
