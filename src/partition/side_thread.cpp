// SPDX-License-Identifier: Apache-2.0
#include "partition/side_thread.hpp"

#include <optional>

#include "core/thread_name.hpp"
#include "processing/caught_error.hpp"

namespace hapax {
namespace {

Result<void> run_guarded(const SideWork::Work& work) {
  try {
    return work();
  } catch (...) {
    return caught_error();
  }
}

}  // namespace

SideThread::SideThread() : thread_([this](const std::stop_token& stopping) { work(stopping); }) {}

SideThread::~SideThread() {
  thread_.request_stop();
  {
    const MutexLock lock(mutex_);
    waiting_.clear();
  }
  wake_.notify_all();
  thread_.join();
}

void SideThread::run(Work work, Done done) {
  {
    const MutexLock lock(mutex_);
    waiting_.emplace_back(std::move(work), std::move(done));
  }
  wake_.notify_all();
}

void SideThread::poll() {
  std::vector<std::pair<Done, Result<void>>> finished;
  {
    const MutexLock lock(mutex_);
    finished.swap(finished_);
  }
  for (auto& [done, outcome] : finished) {
    done(std::move(outcome));
  }
}

void SideThread::work(const std::stop_token& stopping) {
  name_thread("side work");
  while (!stopping.stop_requested()) {
    std::optional<std::pair<Work, Done>> next;
    {
      const MutexLock lock(mutex_);
      wake_.wait(mutex_, [&]() HAPAX_REQUIRES(mutex_) {
        return !waiting_.empty() || stopping.stop_requested();
      });
      if (waiting_.empty()) {
        continue;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Result<void> outcome = run_guarded(next->first);
    next->first = nullptr;
    const MutexLock lock(mutex_);
    finished_.emplace_back(std::move(next->second), std::move(outcome));
  }
}

}  // namespace hapax
