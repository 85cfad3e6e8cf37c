// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "core/task_runner.hpp"

namespace hapax {

/// The threads that share the work of a step: the caller's, and others that wait in between.
class ShardThreads : public TaskRunner {
 public:
  /// `width`: threads in all, 1 or more. Errors: kUnavailable, one cannot be started.
  static Result<std::unique_ptr<ShardThreads>> start(std::size_t width);
  ~ShardThreads() override;

  std::size_t width() const override { return threads_.size() + 1; }
  void run(std::size_t count, const Task& task) override;

 private:
  ShardThreads() = default;

  void serve(std::size_t shard);
  void work() HAPAX_REQUIRES(mutex_);

  Mutex mutex_;
  CondVar wanted_;
  CondVar done_;
  const Task* task_ HAPAX_GUARDED_BY(mutex_) = nullptr;
  std::size_t next_ HAPAX_GUARDED_BY(mutex_) = 0;   ///< The first that nobody has begun,
  std::size_t count_ HAPAX_GUARDED_BY(mutex_) = 0;  ///< of so many,
  std::size_t left_ HAPAX_GUARDED_BY(mutex_) = 0;   ///< of which so many have not ended.
  std::exception_ptr thrown_ HAPAX_GUARDED_BY(mutex_);
  bool closing_ HAPAX_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace hapax
