// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace hapax {

/// Runs the tasks of one step side by side, or one after the other.
class TaskRunner {
 public:
  using Task = std::function<void(std::size_t number)>;

  virtual ~TaskRunner() = default;

  /// So many at a time.
  virtual std::size_t width() const = 0;

  /// Calls `task` with each number below `count` once, in any order and on any threads; returns
  /// when all calls have returned. What one of them throws is thrown after that.
  /// Threading: one call at a time.
  virtual void run(std::size_t count, const Task& task) = 0;
};

/// On the thread of the caller, in order.
class OneByOne : public TaskRunner {
 public:
  std::size_t width() const override { return 1; }
  void run(std::size_t count, const Task& task) override {
    for (std::size_t number = 0; number < count; ++number) {
      task(number);
    }
  }
};

}  // namespace hapax
