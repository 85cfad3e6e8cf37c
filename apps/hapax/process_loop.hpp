// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <thread>

#include "core/mutex.hpp"
#include "partition/partition_runner.hpp"
#include "partition/side_thread.hpp"
#include "ports/object_store.hpp"
#include "ports/topic_callbacks.hpp"
#include "ports/view_store.hpp"
#include "process_status.hpp"

namespace hapax {

/// The thread on which the owners of partitions run, and all callbacks of what they use.
/// Threading: as said at each. Lifetime: the parts must outlive it.
class ProcessLoop {
 public:
  struct Parts {
    TopicCallbacks& topics;
    PolledObjectStore& objects;
    PolledViewStore& views;
    SideThread& side;
  };

  /// `runner` is used on the thread alone, and goes with it.
  ProcessLoop(const Parts& parts, std::unique_ptr<PartitionRunner> runner);
  ~ProcessLoop() { stop(); }
  ProcessLoop(const ProcessLoop&) = delete;
  ProcessLoop& operator=(const ProcessLoop&) = delete;

  /// Any thread.
  ProcessStatus status() const;
  /// Returns once nothing runs any more. Of the owner.
  void stop();

 private:
  void run(const std::stop_token& stopping);
  void look();

  const Parts parts_;
  std::unique_ptr<PartitionRunner> runner_;
  mutable Mutex mutex_;
  ProcessStatus status_ HAPAX_GUARDED_BY(mutex_);
  std::jthread thread_;  // Last: it uses what is above.
};

}  // namespace hapax
