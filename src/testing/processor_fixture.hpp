// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "processing/processor.hpp"
#include "read/view_reads.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/minute_cells.hpp"
#include "testing/processor_harness.hpp"
#include "testing/recorded_histogram.hpp"

namespace hapax {

class SteadyClock : public Clock {
 public:
  ProcessingTime now() const override {
    return ProcessingTime(std::chrono::hours(24 * 365 * 50)) + gone_.load();
  }
  void set_gone(std::chrono::seconds gone) { gone_ = gone; }
  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }

 private:
  std::atomic<std::chrono::seconds> gone_{std::chrono::seconds(0)};
};

/// ScriptedLog with a lock, since a processor thread reads while the test appends.
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

/// A store that several threads may use.
class SharedStore : public MemoryStateStore {
 public:
  void fail(std::optional<Error> error) {
    const MutexLock lock(mutex_);
    fail_writes(std::move(error));
  }
  void fail_base(std::optional<Error> error) {
    const MutexLock lock(mutex_);
    fail_bases(std::move(error));
  }
  /// All of it: for another start from nothing.
  void forget() {
    const MutexLock lock(mutex_);
    static_cast<MemoryStateStore&>(*this) = MemoryStateStore();
  }
  /// Called before each write(), keep_base(), manifest(), find(), scan() and snapshot(), and each
  /// step of a snapshot's cursor ("seek", "next"), by that name, with the store's lock held. What
  /// it throws is thrown.
  void before(std::function<void(std::string_view call)> before) {
    const MutexLock lock(mutex_);
    before_ = std::move(before);
  }
  Result<void> write(const StateWrite& write) override {
    const MutexLock lock(mutex_);
    announce("write");
    return MemoryStateStore::write(write);
  }
  Result<std::optional<std::string>> manifest() override {
    const MutexLock lock(mutex_);
    announce("manifest");
    return MemoryStateStore::manifest();
  }
  Result<void> keep_base() override {
    const MutexLock lock(mutex_);
    announce("keep_base");
    return MemoryStateStore::keep_base();
  }
  Result<std::optional<std::string>> base_manifest() override {
    const MutexLock lock(mutex_);
    return MemoryStateStore::base_manifest();
  }
  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    const MutexLock lock(mutex_);
    announce("find");
    return MemoryStateStore::find(table, key);
  }
  Result<void> scan(std::string_view table, std::string_view from, std::string_view to,
                    const Visit& visit) override {
    const MutexLock lock(mutex_);
    announce("scan");
    return MemoryStateStore::scan(table, from, to, visit);
  }
  Result<std::shared_ptr<const StateSnapshot>> snapshot() override {
    const MutexLock lock(mutex_);
    announce("snapshot");
    return MemoryStateStore::snapshot();
  }

 private:
  void before_snapshot_read(std::string_view call) const override {
    const MutexLock lock(mutex_);
    announce(call);
  }
  void announce(std::string_view call) const HAPAX_REQUIRES(mutex_) {
    if (before_) {
      before_(call);
    }
  }

  mutable Mutex mutex_;
  std::function<void(std::string_view call)> before_ HAPAX_GUARDED_BY(mutex_);
};

/// A processor with its threads, over a log and a store in memory, and who reads its view.
class ProcessorFixture : public testing::Test {
 protected:
  ~ProcessorFixture() override { close(); }

  void start(const ProcessorSettings& settings = {}) {
    close();
    verdicts_.open();
    processor_ =
        Processor::open(settings,
                        {log_, store_, arrivals_, *verdicts_.log, views_.catalog, views_.served},
                        clock_, {.view_delay_seconds = delays_, .checkpoint_seconds = checkpoints_})
            .value();
    reads_.emplace(ViewReadsSettings(), *processor_, clock_);
  }
  void close() {
    if (processor_) {
      processor_->stop();
    }
    reads_.reset();
    processor_.reset();
  }

  /// All rows of events_per_minute.
  Result<MinuteCells> ask(std::optional<Offset> after,
                          std::chrono::milliseconds wait_max = std::chrono::seconds(30)) {
    RowQuery query = all_of(views_.served.find("events_per_minute"));
    query.wait_max = wait_max;
    if (after) {
      query.after = Receipt{{{PartitionId(0), *after}}};
    }
    std::promise<Result<RowAnswer>> promise;
    reads_->rows(query, [&](Result<RowAnswer> got) { promise.set_value(std::move(got)); });
    HAPAX_ASSIGN(const RowAnswer answer, promise.get_future().get());
    return minute_cells(answer);
  }

  std::uint64_t counted(Offset after) {
    const Result<MinuteCells> answer = ask(after);
    std::uint64_t count = 0;
    for (const Cell& cell : answer.value().cells) {
      count += cell.count;
    }
    return count;
  }

  SteadyClock clock_;
  ArrivalClock arrivals_{clock_};
  SharedLog log_{1};
  SharedStore store_;
  MemoryVerdicts verdicts_{1};
  TestViews views_;
  RecordedHistogram delays_;
  RecordedHistogram checkpoints_;
  std::unique_ptr<Processor> processor_;
  std::optional<ViewReads> reads_;
};

}  // namespace hapax
