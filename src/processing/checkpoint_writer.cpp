// SPDX-License-Identifier: Apache-2.0
#include "processing/checkpoint_writer.hpp"

#include <string>
#include <system_error>
#include <utility>

#include "core/thread_name.hpp"
#include "processing/caught_error.hpp"

namespace hapax {

Result<std::unique_ptr<CheckpointWriter>> CheckpointWriter::start(StateStore& store,
                                                                  const Clock& clock) {
  std::unique_ptr<CheckpointWriter> writer(new CheckpointWriter(store, clock));
  try {
    writer->thread_ = std::thread([self = writer.get()] { self->run(); });
  } catch (const std::system_error& error) {
    return Error{ErrorKind::kUnavailable,
                 std::string("cannot start the checkpoint thread: ") + error.what(),
                 "raise the limit of threads (ulimit -u)"};
  }
  return writer;
}

CheckpointWriter::~CheckpointWriter() {
  {
    const MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void CheckpointWriter::write(std::shared_ptr<const FrozenState> frozen, Done done) {
  put({.frozen = std::move(frozen), .done = std::move(done)});
}

void CheckpointWriter::keep_base(Done done) {
  put({.frozen = nullptr, .done = std::move(done)});
}

void CheckpointWriter::put(Job job) {
  {
    const MutexLock lock(mutex_);
    job_ = std::move(job);
  }
  changed_.notify_one();
}

void CheckpointWriter::run() {
  name_thread("checkpoint");
  for (Job job = take(); job.done; job = take()) {
    const std::chrono::nanoseconds start = clock_.monotonic();
    Result<void> written = carry_out(job);
    job.frozen.reset();  // Its memory is free before anybody is told.
    job.done(std::move(written), clock_.monotonic() - start);
  }
}

// What was handed over before closing is still written.
CheckpointWriter::Job CheckpointWriter::take() {
  const MutexLock lock(mutex_);
  changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return job_.done || closing_; });
  return std::exchange(job_, {});
}

Result<void> CheckpointWriter::carry_out(const Job& job) {
  Result<void> written;  // Returned from inside of the try, g++ 12 -O3 loses the handler.
  try {
    written = job.frozen ? write_state(*job.frozen, store_) : store_.keep_base();
  } catch (...) {  // Nothing of ours has changed, so it is tried again, as for a full disk.
    written = caught_error();
  }
  return written;
}

}  // namespace hapax
