// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/clock.hpp"
#include "ports/state_store.hpp"
#include "processing/processor_core.hpp"

namespace hapax {

/// The thread that writes checkpoints and keeps bases, one at a time, for as long as the processor
/// lives.
/// Threading: one caller. Lifetime: store and clock must outlive it.
class CheckpointWriter {
 public:
  /// Runs on the writer's thread; must not call the writer, nor throw.
  using Done = std::function<void(Result<void> written, std::chrono::nanoseconds took)>;

  /// Errors: kUnavailable, no thread can be started.
  static Result<std::unique_ptr<CheckpointWriter>> start(StateStore& store, const Clock& clock);
  /// Finishes the write under way.
  ~CheckpointWriter();

  /// Writes `frozen`, then calls `done`, once. Only after the former job is done.
  void write(std::shared_ptr<const FrozenState> frozen, Done done);
  /// Makes what is in the store the base. As write().
  void keep_base(Done done);

 private:
  struct Job {
    std::shared_ptr<const FrozenState> frozen;  ///< Null: a base is to be kept.
    Done done;                                  ///< Empty when there is no job.
  };

  CheckpointWriter(StateStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  void put(Job job);
  void run();
  Job take();
  Result<void> carry_out(const Job& job);

  StateStore& store_;
  const Clock& clock_;
  Mutex mutex_;
  CondVar changed_;
  Job job_ HAPAX_GUARDED_BY(mutex_);
  bool closing_ HAPAX_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: runs on all of the above.
};

}  // namespace hapax
