#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

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

  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<Task> tasks_;  ///< Guarded by mutex_.
  bool stopping_ = false;    ///< Guarded by mutex_.
  std::mutex stop_mutex_;
  std::thread thread_;  ///< Last: runs on all of the above.
};

}  // namespace hapax
