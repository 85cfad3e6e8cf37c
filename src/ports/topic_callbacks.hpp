// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace hapax {

/// Where the owner of topics waits for what they have for it, and runs their callbacks.
/// Threading: one owner, that of the topics; wake() from any thread.
class TopicCallbacks {
 public:
  virtual ~TopicCallbacks() = default;

  /// Returns how many were run.
  virtual std::size_t run_callbacks() = 0;
  /// Until there is a callback to run or a record to read, or `timeout` is over. True: there is.
  virtual bool wait(std::chrono::milliseconds timeout) = 0;
  /// Ends a wait(), or the next one.
  virtual void wake() = 0;
};

}  // namespace hapax
