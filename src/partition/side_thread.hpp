// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "ports/side_work.hpp"

namespace hapax {

/// A thread for what takes long. Callbacks run in poll(). Threading: one owner.
class SideThread : public SideWork {
 public:
  SideThread();
  /// Waits for the work that runs; others that wait are not begun.
  ~SideThread() override;
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  void run(Work work, Done done) override;
  /// Runs the callbacks that are due.
  void poll();

 private:
  void work(const std::stop_token& stopping);

  Mutex mutex_;
  CondVar wake_;
  std::deque<std::pair<Work, Done>> waiting_ HAPAX_GUARDED_BY(mutex_);
  std::vector<std::pair<Done, Result<void>>> finished_ HAPAX_GUARDED_BY(mutex_);
  std::jthread thread_;  // Last: it uses what is above.
};

}  // namespace hapax
