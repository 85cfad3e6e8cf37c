// SPDX-License-Identifier: Apache-2.0
#include "process_loop.hpp"

#include <chrono>
#include <utility>

namespace hapax {
namespace {

/// Stores are asked so often for their answers; topics wake the thread.
constexpr std::chrono::milliseconds kPause{5};
constexpr std::chrono::milliseconds kNone{0};
/// What the process owns is told as of a moment ago.
constexpr std::chrono::milliseconds kLookEvery{20};

}  // namespace

ProcessLoop::ProcessLoop(const Parts& parts, std::unique_ptr<PartitionRunner> runner)
    : parts_(parts),
      runner_(std::move(runner)),
      thread_([this](const std::stop_token& stopping) { run(stopping); }) {}

void ProcessLoop::run(const std::stop_token& stopping) {
  std::chrono::steady_clock::time_point look_next;
  while (!stopping.stop_requested()) {
    parts_.topics.wait(kPause);
    parts_.topics.run_callbacks();
    parts_.objects.poll(kNone);
    parts_.views.poll(kNone);
    parts_.side.poll();
    runner_->step();
    if (const auto now = std::chrono::steady_clock::now(); now >= look_next) {
      look_next = now + kLookEvery;
      look();
    }
  }
  runner_.reset();
}

void ProcessLoop::look() {
  ProcessStatus status{.events = runner_->events(),
                       .claims = runner_->claims(),
                       .standbys = runner_->standbys(),
                       .trouble = runner_->trouble(),
                       .is_ready = runner_->is_ready()};
  const MutexLock lock(mutex_);
  status_ = std::move(status);
}

ProcessStatus ProcessLoop::status() const {
  const MutexLock lock(mutex_);
  return status_;
}

void ProcessLoop::stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
}

}  // namespace hapax
