#include "processing/checkpoint_writer.hpp"

#include <string>
#include <system_error>
#include <utility>

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
  {
    const MutexLock lock(mutex_);
    job_ = {.frozen = std::move(frozen), .done = std::move(done)};
  }
  changed_.notify_one();
}

void CheckpointWriter::run() {
  for (Job job = take(); job.frozen; job = take()) {
    const std::chrono::nanoseconds start = clock_.monotonic();
    Result<void> written = write_one(*job.frozen);
    job.frozen.reset();  // Its memory is free before anybody is told.
    job.done(std::move(written), clock_.monotonic() - start);
  }
}

// What was handed over before closing is still written.
CheckpointWriter::Job CheckpointWriter::take() {
  const MutexLock lock(mutex_);
  changed_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return job_.frozen || closing_; });
  return std::exchange(job_, {});
}

Result<void> CheckpointWriter::write_one(const FrozenState& frozen) {
  Result<void> written;  // Returned from inside of the try, g++ 12 -O3 loses the handler.
  try {
    written = write_state(frozen, store_);
  } catch (...) {  // Nothing of ours has changed, so it is tried again, as for a full disk.
    written = caught_error();
  }
  return written;
}

}  // namespace hapax
