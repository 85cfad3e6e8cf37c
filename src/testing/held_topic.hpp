// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cassert>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/topic.hpp"

namespace hapax {

/// A topic in memory whose appends wait until a test says what becomes of them.
/// Threading: one owner.
class HeldTopic : public Topic {
 public:
  explicit HeldTopic(std::uint32_t partitions) : partitions_(partitions) {}

  /// The oldest append is there, and said to be.
  void answer() {
    Call call = take();
    const Offset end = store(call, call.entries.size());
    call.done(end);
  }
  void answer_all() {
    while (!calls_.empty()) {
      answer();
    }
  }
  /// Of the oldest append the first `there` records are there; it fails, and so do all behind it in
  /// its partition.
  void fail(std::size_t there = 0) {
    Call call = take();
    store(call, there);
    partitions_[call.partition.value()].failed = true;
    call.done(lost());
    for (std::size_t i = 0; i < calls_.size();) {
      if (calls_[i].partition != call.partition) {
        ++i;
        continue;
      }
      const Call next = std::move(calls_[i]);
      calls_.erase(calls_.begin() + static_cast<std::ptrdiff_t>(i));
      next.done(lost());
    }
  }
  /// The oldest append fails; those behind it are still to be answered.
  void fail_one() {
    const Call call = take();
    partitions_[call.partition.value()].failed = true;
    call.done(lost());
  }
  /// When what is appended from now on was taken.
  void set_now(ProcessingTime now) { now_ = now; }
  /// Somebody else's record.
  void put(PartitionId partition, TopicEntry entry, ProcessingTime appended_at = {}) {
    Partition& to = partitions_[partition.value()];
    to.records.push_back({.offset = Offset(to.records.size()),
                          .appended_at = appended_at,
                          .entry = std::move(entry)});
  }

  const std::vector<TopicRecord>& records(PartitionId partition) const {
    return partitions_[partition.value()].records;
  }
  std::vector<std::string> values(PartitionId partition) const {
    std::vector<std::string> values;
    for (const TopicRecord& record : records(partition)) {
      values.push_back(record.entry.value);
    }
    return values;
  }
  std::size_t waiting() const { return calls_.size(); }
  int reopened(PartitionId partition) const { return partitions_[partition.value()].reopened; }

  std::uint32_t partition_count() const override {
    return static_cast<std::uint32_t>(partitions_.size());
  }
  const std::string& id() const override { return id_; }
  void confirm(Done done) override { done({}); }
  void append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) override {
    calls_.push_back({partition, std::move(entries), std::move(done)});
  }
  void reopen(PartitionId partition) override {
    ++partitions_[partition.value()].reopened;
    partitions_[partition.value()].failed = false;
  }
  std::unique_ptr<TopicReader> read(PartitionId partition, Offset start) override {
    return std::make_unique<Reader>(*this, partition, start);
  }
  void end_offset(PartitionId partition, Found done) override {
    done(Offset(records(partition).size()));
  }
  void first_since(PartitionId partition, ProcessingTime /*time*/, Found done) override {
    end_offset(partition, std::move(done));
  }
  void delete_before(PartitionId, Offset, Done done) override {
    done(Error{ErrorKind::kUnavailable, "it keeps all"});
  }

 private:
  struct Call {
    PartitionId partition;
    std::vector<TopicEntry> entries;
    Appended done;
  };
  struct Partition {
    std::vector<TopicRecord> records = {};
    bool failed = false;
    int reopened = 0;
  };
  class Reader : public TopicReader {
   public:
    Reader(HeldTopic& topic, PartitionId partition, Offset start)
        : topic_(topic), partition_(partition), position_(start) {}

    Result<std::span<TopicRecord>> poll(std::size_t count_max) override {
      const std::vector<TopicRecord>& all = topic_.records(partition_);
      const std::size_t count = std::min<std::size_t>(all.size() - position_.value(), count_max);
      const auto next = std::span(all).subspan(position_.value(), count);
      given_.assign(next.begin(), next.end());
      position_ = advance(position_, count);
      return std::span(given_);
    }
    Offset position() const override { return position_; }

   private:
    HeldTopic& topic_;
    PartitionId partition_;
    Offset position_;
    std::vector<TopicRecord> given_;
  };

  static Error lost() { return {ErrorKind::kUnavailable, "no answer in time"}; }
  Call take() {
    assert(!calls_.empty());
    Call call = std::move(calls_.front());
    calls_.pop_front();
    return call;
  }
  Offset store(Call& call, std::size_t count) {
    assert(!partitions_[call.partition.value()].failed);
    for (std::size_t i = 0; i < count; ++i) {
      put(call.partition, std::move(call.entries[i]), now_);
    }
    return Offset(records(call.partition).size());
  }

  const std::string id_ = "held";
  std::vector<Partition> partitions_;
  std::deque<Call> calls_;
  ProcessingTime now_{};
};

}  // namespace hapax
