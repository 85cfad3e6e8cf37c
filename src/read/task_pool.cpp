// SPDX-License-Identifier: Apache-2.0
#include "read/task_pool.hpp"

#include <system_error>
#include <utility>

#include "core/thread_name.hpp"
#include "core/thread_priority.hpp"

namespace hapax {
namespace {

constexpr int kNicer = 10;  ///< Than the process, whatever that was started with.

}  // namespace

TaskPool::TaskPool(std::size_t threads, Priority priority) {
  const MutexLock lock(stop_mutex_);
  threads_.reserve(threads);
  const auto begin = [this, priority] {
    name_thread(priority == Priority::kLow ? "queries" : "rendering");
    if (priority == Priority::kLow) {
      lower_thread_priority(kNicer);
    }
    run();
  };
  try {
    while (threads_.size() < threads) {
      threads_.emplace_back(begin);
    }
  } catch (const std::system_error&) {
    if (threads_.empty()) {
      throw;
    }  // Else there are fewer.
  }
}

void TaskPool::post(Task task) {
  {
    const MutexLock lock(mutex_);
    if (!stopping_) {
      tasks_.push_back(std::move(task));
      filled_.notify_one();
      return;
    }
  }
  run(task);
}

void TaskPool::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    filled_.notify_all();
  }
  const MutexLock lock(stop_mutex_);
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

/// For want of memory, say. Whoever waits for it has a time limit.
void TaskPool::run(const Task& task) noexcept {
  try {
    task();
  } catch (...) {
  }
}

void TaskPool::run() {
  MutexLock lock(mutex_);
  while (true) {
    filled_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) {
      return;
    }
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    run(std::exchange(task, {}));  // What it holds goes with it.
    lock.lock();
  }
}

}  // namespace hapax
