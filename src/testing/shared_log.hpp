// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "ports/clock.hpp"
#include "testing/scripted_log.hpp"

namespace hapax {

/// The machine's, that a test moves. Threading: as Clock.
class SteadyClock : public Clock {
 public:
  ProcessingTime now() const override {
    return ProcessingTime(std::chrono::hours(24 * 365 * 50)) + gone_.load();
  }
  void set_gone(std::chrono::seconds gone) { gone_ = gone; }
  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch() + slept_.load();
  }
  /// As if nothing had run for so long.
  void sleep(std::chrono::seconds slept) { slept_ = slept_.load() + slept; }

 private:
  std::atomic<std::chrono::seconds> slept_{std::chrono::seconds(0)};
  std::atomic<std::chrono::seconds> gone_{std::chrono::seconds(0)};
};

/// ScriptedLog with a lock, since a thread reads while the test appends.
class SharedLog : public EventLog {
 public:
  explicit SharedLog(std::uint32_t partitions) : log_(partitions) {}

  Offset add(const std::vector<EventView>& events) {
    Offset end;
    {
      const MutexLock lock(mutex_);
      log_.add(PartitionId(0), events);
      end = log_.end_offsets()[0];
    }
    if (notify_) {
      notify_();
    }
    return end;
  }
  std::vector<Receipt::End> released() {
    const MutexLock lock(mutex_);
    return log_.released();
  }

  LogId log_id() const override { return ScriptedLog::kId; }
  std::uint32_t partition_count() const override {
    const MutexLock lock(mutex_);
    return log_.partition_count();
  }
  Result<void> append(std::vector<PartitionRecords>, AppendDone) override {
    return Error{ErrorKind::kInternal, "use add()"};
  }
  Result<std::unique_ptr<LogReader>> read(std::span<const Receipt::End> start) override {
    const MutexLock lock(mutex_);
    return std::unique_ptr<LogReader>(new Reader(*this, log_.read(start).value()));
  }
  std::vector<Offset> end_offsets() const override {
    const MutexLock lock(mutex_);
    return log_.end_offsets();
  }
  std::vector<PartitionStart> starts() const override {
    const MutexLock lock(mutex_);
    return log_.starts();
  }
  std::vector<Offset> recent() const override {
    const MutexLock lock(mutex_);
    return log_.recent();
  }
  std::vector<Offset> recent_before(std::span<const Offset> before) const override {
    const MutexLock lock(mutex_);
    return log_.recent_before(before);
  }
  Result<void> append_control(std::string record, AppendDone done) override {
    {
      const MutexLock lock(mutex_);
      HAPAX_TRY(log_.append_control(std::move(record), std::move(done)));
      log_.sync();
    }
    if (notify_) {
      notify_();
    }
    return {};
  }
  LogControls controls() const override {
    const MutexLock lock(mutex_);
    return log_.controls();
  }
  void fail_polls(std::optional<Error> error) {
    const MutexLock lock(mutex_);
    log_.fail_polls(std::move(error));
  }
  /// Called on the reader's thread by each poll, with whether it found any.
  void on_poll(std::function<void(bool any)> polled) {
    const MutexLock lock(mutex_);
    polled_ = std::move(polled);
  }
  NotifyId on_durable(std::function<void()> notify) override {
    notify_ = std::move(notify);
    return {};
  }
  void off_durable(NotifyId) override { notify_ = {}; }
  SubscriberId subscribe(LogSubscription subscription) override {
    const MutexLock lock(mutex_);
    return log_.subscribe(std::move(subscription));
  }
  bool unsubscribe(std::string_view name) override {
    const MutexLock lock(mutex_);
    return log_.unsubscribe(name);
  }
  void release(SubscriberId subscriber, std::span<const Receipt::End> ends) override {
    const MutexLock lock(mutex_);
    log_.release(subscriber, ends);
  }
  std::vector<Offset> over_retention() const override {
    const MutexLock lock(mutex_);
    return log_.over_retention();
  }
  /// As ScriptedLog::set_keeps_all().
  void set_keeps_all(bool keeps_all) {
    const MutexLock lock(mutex_);
    log_.set_keeps_all(keeps_all);
  }
  void retain() {
    const MutexLock lock(mutex_);
    log_.retain();
  }
  LogStatus status() const override {
    const MutexLock lock(mutex_);
    return log_.status();
  }

 private:
  /// Copies what it polls: the test may append while the processor reads it.
  class Reader : public LogReader {
   public:
    Reader(SharedLog& log, std::unique_ptr<LogReader> reader)
        : log_(log), reader_(std::move(reader)) {}
    Result<std::span<const LogBatch>> poll(std::size_t bytes_max) override {
      const MutexLock lock(log_.mutex_);
      const auto found = reader_->poll(bytes_max);
      if (!found) {
        return found.error();
      }
      if (log_.polled_) {
        log_.polled_(!found->empty());
      }
      batches_.assign(found->begin(), found->end());
      copies_.assign(batches_.size(), {});
      for (std::size_t i = 0; i < batches_.size(); ++i) {
        copies_[i] = batches_[i].records;
        batches_[i].records = copies_[i];
      }
      return std::span<const LogBatch>(batches_);
    }

   private:
    SharedLog& log_;
    std::unique_ptr<LogReader> reader_;
    std::vector<LogBatch> batches_;
    std::vector<std::string> copies_;
  };

  mutable Mutex mutex_;
  ScriptedLog log_ HAPAX_GUARDED_BY(mutex_);
  std::function<void(bool any)> polled_ HAPAX_GUARDED_BY(mutex_);
  std::function<void()> notify_;
};

}  // namespace hapax
