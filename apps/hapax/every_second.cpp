// SPDX-License-Identifier: Apache-2.0
#include "every_second.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <utility>

namespace hapax {

EverySecond::EverySecond(std::function<void()> act)
    : act_(std::move(act)), thread_([this] { run(); }) {}

EverySecond::~EverySecond() {
  stop();
}

void EverySecond::stop() {
  if (!thread_.joinable()) {
    return;
  }
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void EverySecond::run() {
  MutexLock lock(mutex_);
  while (!wake_.wait_for(mutex_, std::chrono::seconds(1),
                         [this]() HAPAX_REQUIRES(mutex_) { return stopping_; })) {
    lock.unlock();
    try {
      act_();
    } catch (const std::exception& error) {  // Out of memory is no reason to end the process.
      spdlog::error("msg=\"What is done every second failed.\" error=\"{}\"", error.what());
    }
    lock.lock();
  }
}

}  // namespace hapax
