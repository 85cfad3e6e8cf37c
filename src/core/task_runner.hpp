// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/result.hpp"

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

inline TaskRunner& one_by_one() {
  static OneByOne runner;
  return runner;
}

/// The first of the errors that another try does not mend, else the first of all; none: success.
inline Result<void> gravest_error(std::span<const Result<void>> outcomes) {
  Result<void> gravest;
  for (const Result<void>& outcome : outcomes) {
    const bool is_graver = gravest || (!outcome && may_be_retried(gravest.error()) &&
                                       !may_be_retried(outcome.error()));
    if (is_graver) {
      gravest = outcome;
    }
  }
  return gravest;
}

/// TaskRunner::run() with a task that may fail. Errors: of `task`, the gravest, once all have
/// ended.
template <typename Task>
Result<void> run_all(TaskRunner& runner, std::size_t count, const Task& task) {
  std::vector<Result<void>> outcomes(count);
  runner.run(count, [&](std::size_t number) { outcomes[number] = task(number); });
  return gravest_error(outcomes);
}

}  // namespace hapax
