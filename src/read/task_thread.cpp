// SPDX-License-Identifier: Apache-2.0
#include "read/task_thread.hpp"

#include <utility>

namespace hapax {

void TaskThread::post(Task task) {
  {
    const MutexLock lock(mutex_);
    if (!stopping_) {
      tasks_.push_back(std::move(task));
      filled_.notify_one();
      return;
    }
  }
  task();
}

void TaskThread::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    filled_.notify_one();
  }
  const MutexLock lock(stop_mutex_);
  if (thread_.joinable()) {
    thread_.join();
  }
}

void TaskThread::run() {
  MutexLock lock(mutex_);
  while (true) {
    filled_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) {
      return;
    }
    auto tasks = std::exchange(tasks_, {});
    lock.unlock();
    for (Task& task : tasks) {
      std::exchange(task, {})();  // What a task holds goes with it, not with the last one.
    }
    lock.lock();
  }
}

}  // namespace hapax
