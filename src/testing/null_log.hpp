// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/event_log.hpp"

namespace hapax {

/// An EventLog that acknowledges all records at once, counts and forgets them. The rest of it does
/// nothing: a fake that is about one verb overrides that one.
/// Threading: one caller at a time.
class NullLog : public EventLog {
 public:
  explicit NullLog(std::uint32_t partition_count) : partition_count_(partition_count) {}

  /// How many were appended.
  std::uint64_t records() const { return records_; }

  /// Of all of them.
  static constexpr LogId kId{1};
  LogId log_id() const override { return kId; }
  std::uint32_t partition_count() const override { return partition_count_; }
  Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) override {
    Receipt receipt{.log = kId};
    for (const PartitionRecords& part : parts) {
      records_ += part.record_count;
      receipt.ends.push_back({.partition = part.partition, .end = Offset(records_)});
    }
    done(std::move(receipt));
    return {};
  }
  Result<void> append_control(std::string, AppendDone done) override {
    done(Receipt{.log = kId});
    return {};
  }
  Result<std::unique_ptr<LogReader>> read(std::span<const Receipt::End>) override {
    return Error{ErrorKind::kInternal, "nothing to read"};
  }
  std::vector<Offset> end_offsets() const override { return {}; }
  std::vector<PartitionStart> starts() const override { return {}; }
  std::vector<Offset> recent() const override { return {}; }
  std::vector<Offset> recent_before(std::span<const Offset>) const override { return {}; }
  LogControls controls() const override { return {}; }
  NotifyId on_durable(std::function<void()>) override { return {}; }
  void off_durable(NotifyId) override {}
  SubscriberId subscribe(LogSubscription) override { return {}; }
  void release(SubscriberId, std::span<const Receipt::End>) override {}
  bool unsubscribe(std::string_view) override { return false; }
  std::vector<Offset> over_retention() const override { return {}; }
  LogStatus status() const override { return {.writable = true, .reason = {}}; }

 private:
  std::uint32_t partition_count_;
  std::uint64_t records_ = 0;
};

}  // namespace hapax
