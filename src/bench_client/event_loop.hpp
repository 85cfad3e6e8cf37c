// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <vector>

#include "bench_client/target.hpp"
#include "core/result.hpp"
#include "ports/clock.hpp"

namespace hapax::bench {

/// Told when its descriptor can be read or written.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual Result<void> on_ready() = 0;
};

/// Something that acts by the clock.
class Timed {
 public:
  virtual ~Timed() = default;
  /// Does what is due; returns when to be called again at the latest (max: only after an event).
  virtual Result<std::chrono::nanoseconds> advance(std::chrono::nanoseconds now) = 0;
  virtual bool finished() const = 0;
};

/// One thread's epoll. Descriptors are watched edge-triggered: whoever is told must read or write
/// until there is no more, or know that more will come. Waits are exact to microseconds, which
/// epoll_wait's milliseconds are not. Threading: one owner.
class EventLoop {
 public:
  static Result<EventLoop> open();

  /// `watcher` must outlive the descriptor, whose closing ends the watch.
  Result<void> watch(int descriptor, Watcher& watcher);

  /// Runs until all `parts` are finished. Errors: the first of a part or a watcher.
  Result<void> run(const Clock& clock, const std::vector<Timed*>& parts);

 private:
  explicit EventLoop(Socket epoll) : epoll_(std::move(epoll)) {}

  Result<void> wait(std::chrono::nanoseconds timeout);

  Socket epoll_;
};

}  // namespace hapax::bench
