// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_threads.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace hapax {

AlertThreads::AlertThreads(Alerts& alerts, std::chrono::milliseconds interval,
                           std::function<void(const std::string&)> on_error)
    : alerts_(alerts),
      interval_(interval),
      on_error_(std::move(on_error)),
      looking_([this](const std::stop_token& stop) { look(stop); }),
      telling_([this](const std::stop_token& stop) { tell(stop); }) {}

void AlertThreads::stop() {
  looking_.request_stop();
  telling_.request_stop();
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  for (std::jthread* thread : {&looking_, &telling_}) {
    if (thread->joinable()) {
      thread->join();
    }
  }
}

/// Want of memory ends a round, not the process.
template <typename Act>
void AlertThreads::guarded(const Act& act) {
  try {
    act();
  } catch (const std::exception& error) {
    on_error_(error.what());
  }
}

void AlertThreads::look(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    guarded([&] { alerts_.evaluate(stop); });
    const MutexLock lock(mutex_);
    has_news_ = true;
    wake_.notify_all();
    wake_.wait_for(mutex_, interval_, [this]() HAPAX_REQUIRES(mutex_) { return is_stopping_; });
  }
}

void AlertThreads::tell(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<std::chrono::nanoseconds> wait;
    guarded([&] { wait = alerts_.deliver(stop); });
    const MutexLock lock(mutex_);
    const auto is_over = [this]() HAPAX_REQUIRES(mutex_) { return has_news_ || is_stopping_; };
    if (wait) {
      wake_.wait_for(mutex_, *wait, is_over);
    } else {
      wake_.wait(mutex_, is_over);
    }
    has_news_ = false;
  }
}

}  // namespace hapax
