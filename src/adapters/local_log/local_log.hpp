// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "adapters/local_log/log_core.hpp"
#include "adapters/local_log/settings.hpp"
#include "core/mutex.hpp"
#include "ports/event_log.hpp"
#include "ports/metrics.hpp"

namespace hapax {

/// What the log measures, once a group. Lifetime: as long as the log.
struct LogMetrics {
  Histogram& sync_seconds = unmeasured();
  Histogram& group_bytes = unmeasured();
  Histogram& group_records = unmeasured();
};

/// The event log on local disk: a writer thread that commits groups, one that prepares the next
/// segment, writes down the durable end and, when the disk was full, looks whether there is space
/// again, and one that compresses what is sealed.
/// Durability: `done` runs after fdatasync. Format: docs/formats/log.md. Threading: as the port
/// says. Lifetime: storage, clock and random must outlive it; readers must not.
class LocalLog : public EventLog {
 public:
  /// Errors: as LogCore::open.
  static Result<std::unique_ptr<LocalLog>> open(const LocalLogSettings& settings, Storage& storage,
                                                const Clock& clock, Random& random,
                                                LogMetrics metrics = {});
  ~LocalLog() override;

  /// Commits what is queued, seals the log, ends the threads. Later appends are refused.
  void close();

  LogId log_id() const override { return core_->id(); }
  std::uint32_t partition_count() const override;
  Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) override;
  Result<void> append_control(std::string record, AppendDone done) override;
  Result<std::unique_ptr<LogReader>> read(std::span<const Receipt::End> start) override;
  std::vector<Offset> end_offsets() const override;
  std::vector<Offset> recent() const override;
  std::vector<Offset> recent_before(std::span<const Offset> before) const override;
  std::vector<PartitionStart> starts() const override;
  LogControls controls() const override;
  NotifyId on_durable(std::function<void()> notify) override;
  void off_durable(NotifyId id) override;
  SubscriberId subscribe(LogSubscription subscription) override;
  void release(SubscriberId subscriber, std::span<const Receipt::End> ends) override;
  bool unsubscribe(std::string_view name) override;
  std::vector<Offset> over_retention() const override;
  LogStatus status() const override;

  /// Of what is compressed in the background. Cheaper than all of stats().
  CompressionStats compression() const;
  LogStats stats() const;

 private:
  struct Pending {
    std::vector<PartitionRecords> parts;
    AppendDone done;
    std::size_t bytes = 0;
    std::string control = {};  ///< Instead of parts, when it is not empty.
  };

  LocalLog(const LocalLogSettings& settings, Storage& storage, const Clock& clock,
           std::unique_ptr<LogCore> core, LogMetrics metrics);

  Result<void> enqueue(Pending pending);
  void write();
  bool closing() const;
  std::deque<Pending> take_group();
  void commit(std::deque<Pending> group);
  Result<std::vector<Receipt>> write_group(std::deque<Pending>& group);
  void after_write(const std::optional<Error>& error);
  void measure(const LogStats& before, const LogStats& after);
  void probe_space();
  void notify();
  void retain(bool idle);
  void prepare();
  void compress();

  const LocalLogSettings settings_;
  Storage& storage_;
  const Clock& clock_;
  const LogMetrics metrics_;
  const std::unique_ptr<LogCore> core_;  ///< Of the writer thread, but for catalog and files.

  Mutex notify_mutex_;  ///< Held while callbacks run. Taken alone.
  std::map<NotifyId, std::function<void()>> notify_ HAPAX_GUARDED_BY(notify_mutex_);
  std::uint32_t next_notify_ HAPAX_GUARDED_BY(notify_mutex_) = 0;

  /// Held while segments are dropped, so that nobody subscribes to what is about to go. Taken
  /// before mutex_.
  Mutex retain_mutex_;
  mutable Mutex mutex_;
  CondVar queued_;
  CondVar prepare_wanted_;
  CondVar compression_wanted_;
  std::deque<Pending> queue_ HAPAX_GUARDED_BY(mutex_);
  std::size_t queue_bytes_ HAPAX_GUARDED_BY(mutex_) = 0;
  bool closing_ HAPAX_GUARDED_BY(mutex_) = false;
  std::string refusal_ HAPAX_GUARDED_BY(mutex_);  ///< Why no appends are taken, for good.
  std::string write_full_
      HAPAX_GUARDED_BY(mutex_);  ///< Why the last write found no space; empty when it did.
  std::string prepare_full_
      HAPAX_GUARDED_BY(mutex_);  ///< Why there is no spare segment; empty when there is.
  std::uint64_t retention_failures_ HAPAX_GUARDED_BY(mutex_) = 0;
  bool end_wanted_ HAPAX_GUARDED_BY(mutex_) = false;  ///< The durable end is to be written down.
  std::uint64_t end_failures_ HAPAX_GUARDED_BY(mutex_) = 0;
  Subscribers subscribers_ HAPAX_GUARDED_BY(mutex_);
  bool retain_wanted_ HAPAX_GUARDED_BY(mutex_) = false;  ///< Something may go now that was held.
  LogStats stats_ HAPAX_GUARDED_BY(mutex_);
  CompressionStats compression_ HAPAX_GUARDED_BY(mutex_);
  /// Beside closing_, for a thread that gives way to others and must hold no lock of theirs.
  std::atomic<bool> compression_ends_ = false;

  std::thread writer_;
  std::thread preparer_;
  std::thread compressor_;
};

}  // namespace hapax
