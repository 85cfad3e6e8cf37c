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
#include "testing/shared_log.hpp"

namespace hapax {

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
      query.after = Receipt{ScriptedLog::kId, {{PartitionId(0), *after}}};
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
