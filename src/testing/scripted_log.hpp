// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ports/event_log.hpp"
#include "record/event.hpp"

namespace hapax {

/// Events as records of a partition, with digest and hashes.
PartitionRecords records_of(PartitionId partition, const std::vector<EventView>& events);

/// A control record as the log stores it.
std::string control_record(std::string_view kind, std::string_view value);

/// An EventLog whose every step a test decides: when an append becomes durable or fails, how it is
/// cut into batches, in which order a reader meets the partitions. Hashes it does not hand on.
/// Appends stay pending, and unseen by readers, until sync(). Threading: one caller at a time.
class ScriptedLog : public EventLog {
 public:
  /// kAsAppended: that of the local log, which has one sequence.
  enum class ReadOrder { kRoundRobin, kPartitionByPartition, kAsAppended };
  struct Batch {
    Offset base_offset;
    std::uint32_t record_count = 0;
    Digest digest_after;
    std::string records;
    bool is_control = false;
    std::uint64_t number = 0;  ///< Of all batches, as they were appended.
  };

  explicit ScriptedLog(std::uint32_t partition_count)
      : partitions_(partition_count), dropped_(partition_count), starts_(partition_count) {}

  /// Appends `events` as one durable batch.
  void add(PartitionId partition, const std::vector<EventView>& events);
  /// Makes the pending appends durable.
  void sync();
  /// From now on appends do not wait for it, or fail with `error`.
  void settle_at_once(std::optional<Error> error = std::nullopt);
  /// Loses the pending appends; their writers get `error`.
  void fail_pending(const Error& error);
  /// Drops the oldest batches, as retention does.
  void drop(PartitionId partition, std::size_t batch_count);
  /// Drops all that no subscriber holds; nothing when there is none.
  void retain();
  /// Whether nothing is over age or size; else everything is.
  void set_keeps_all(bool keeps_all) { keeps_all_ = keeps_all; }
  /// Every poll fails with `error` until called with nullopt; readers stay where they are.
  void fail_polls(std::optional<Error> error) { poll_error_ = std::move(error); }
  void set_read_order(ReadOrder order) { order_ = order; }
  /// For damage on purpose.
  std::deque<Batch>& batches(PartitionId partition) { return partitions_[partition.value()]; }
  /// What the last release() said.
  const std::vector<Receipt::End>& released() const { return released_; }
  void set_status(LogStatus status) { status_ = std::move(status); }

  /// Of all of them.
  static constexpr LogId kId{2};
  LogId log_id() const override { return kId; }
  std::uint32_t partition_count() const override;
  Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) override;
  Result<void> append_control(std::string record, AppendDone done) override;
  Result<std::unique_ptr<LogReader>> read(std::span<const Receipt::End> start) override;
  std::vector<Offset> end_offsets() const override;
  std::vector<Offset> recent() const override;
  std::vector<Offset> recent_before(std::span<const Offset> before) const override;
  /// How many batches of a partition recent_before() goes back at a time; nothing: all.
  void set_file_batches(std::size_t count) { file_batches_ = count; }
  std::vector<PartitionStart> starts() const override { return starts_; }
  LogControls controls() const override;
  NotifyId on_durable(std::function<void()> notify) override;
  void off_durable(NotifyId id) override { notify_.erase(id); }
  SubscriberId subscribe(LogSubscription subscription) override;
  void release(SubscriberId subscriber, std::span<const Receipt::End> ends) override;
  bool unsubscribe(std::string_view name) override;
  std::vector<Offset> over_retention() const override;
  LogStatus status() const override { return status_; }

 private:
  class Reader;
  using Controls = std::map<std::string, std::string>;  ///< By kind.
  struct Pending {
    std::vector<PartitionRecords> parts;
    AppendDone done;
    bool is_control = false;
  };

  struct Subscriber {
    SubscriberId id;
    LogSubscription subscription;
    std::vector<Offset> released;
  };

  void settle();
  bool is_held(PartitionId partition) const;
  std::size_t retained_bytes() const;
  void keep(PartitionRecords part, bool is_control = false);
  static void take_control(const Batch& batch, Controls& controls);

  std::vector<std::deque<Batch>> partitions_;  ///< Readers point into them.
  std::uint64_t batch_count_ = 0;
  std::vector<std::size_t> dropped_;  ///< Batches, by partition.
  std::vector<PartitionStart> starts_;
  Controls controls_at_start_;
  Controls controls_at_end_;
  std::deque<Pending> pending_;
  std::map<NotifyId, std::function<void()>> notify_;
  std::uint32_t next_id_ = 0;
  std::vector<Subscriber> subscribers_;
  std::vector<Receipt::End> released_;
  std::optional<Error> poll_error_;
  ReadOrder order_ = ReadOrder::kRoundRobin;
  std::optional<std::size_t> file_batches_;
  bool at_once_ = false;
  bool keeps_all_ = false;
  std::optional<Error> append_error_;
  LogStatus status_{.writable = true, .reason = {}};
};

}  // namespace hapax
