// SPDX-License-Identifier: Apache-2.0
#include "processing/shard_threads.hpp"

#include <string>
#include <system_error>
#include <utility>

#include "core/thread_name.hpp"

namespace hapax {

Result<std::unique_ptr<ShardThreads>> ShardThreads::start(std::size_t width) {
  std::unique_ptr<ShardThreads> threads(new ShardThreads());
  try {
    for (std::size_t shard = 1; shard < width; ++shard) {
      threads->threads_.emplace_back([self = threads.get(), shard] { self->serve(shard); });
    }
  } catch (const std::system_error& error) {
    return Error{ErrorKind::kUnavailable,
                 "cannot start " + std::to_string(width) +
                     " threads that process: " + std::string(error.what()),
                 "lower processing.shards, or raise the limit of threads (ulimit -u)"};
  }
  return threads;
}

ShardThreads::~ShardThreads() {
  {
    const MutexLock lock(mutex_);
    closing_ = true;
  }
  wanted_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void ShardThreads::run(std::size_t count, const Task& task) {
  const MutexLock lock(mutex_);
  task_ = &task;
  next_ = 0;
  count_ = count;
  left_ = count;
  wanted_.notify_all();
  work();
  done_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return left_ == 0; });
  if (thrown_) {
    std::rethrow_exception(std::exchange(thrown_, nullptr));
  }
}

void ShardThreads::serve(std::size_t shard) {
  name_thread(("shard " + std::to_string(shard)).c_str());
  const MutexLock lock(mutex_);
  while (!closing_) {
    work();
    wanted_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return closing_ || next_ < count_; });
  }
}

/// As long as there is a task that nobody has begun.
void ShardThreads::work() {
  while (next_ < count_) {
    const std::size_t number = next_++;
    const Task& task = *task_;
    std::exception_ptr thrown;
    mutex_.unlock();
    try {
      task(number);
    } catch (...) {
      thrown = std::current_exception();
    }
    mutex_.lock();
    thrown_ = thrown_ ? thrown_ : thrown;
    if (--left_ == 0) {
      done_.notify_one();
    }
  }
}

}  // namespace hapax
