// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "ports/topic.hpp"
#include "sim_world.hpp"

namespace hapax::sim {

/// Of a reader that stands below where its partition begins.
constexpr const char* kDeleted = "what a reader has not read was deleted";

/// The brokers' side of a topic.
class TopicLog {
 public:
  using Watch = std::function<void(PartitionId, const TopicRecord&)>;
  using Loses = std::function<bool(PartitionId, const TopicEntry&)>;

  TopicLog(World& world, std::uint32_t partitions) : world_(world), partitions_(partitions) {}

  std::uint32_t partition_count() const { return static_cast<std::uint32_t>(partitions_.size()); }
  const std::string& id() const { return id_; }
  const std::vector<TopicRecord>& records(PartitionId id) const {
    return partitions_[id.value()].records;
  }
  Offset end(PartitionId id) const { return partitions_[id.value()].end; }
  void watch(Watch watch) { watch_ = std::move(watch); }
  void watch_deletions(std::function<void(PartitionId, Offset)> watch) {
    watch_deletions_ = std::move(watch);
  }
  /// Which entries are lost though they count as appended.
  void lose(Loses loses) { loses_ = std::move(loses); }
  void skew(Microseconds clock) { skew_ = clock; }

  /// All records that it ever had stay in records().
  Offset start(PartitionId id) const { return partitions_[id.value()].start; }
  /// False: it ends before `start`.
  bool delete_before(PartitionId id, Offset start);
  /// Of what is there now, or the end.
  Offset first_since(PartitionId id, ProcessingTime time) const;

  /// Of one life of a producer: `epoch` is raised when it begins anew, calls are numbered in it.
  struct Call {
    std::uint64_t producer;
    std::uint64_t epoch;
    std::uint64_t number;
  };
  /// What an idempotent producer is promised: no call without those before it, none of an epoch
  /// once a later one was seen. Appends the first `count` of `entries`. False when it may not.
  bool append(PartitionId id, const Call& call, const std::vector<TopicEntry>& entries,
              std::size_t count);

 private:
  struct Producer {
    std::uint64_t epoch = 0;
    std::uint64_t next = 0;
    bool cut = false;  // Half of a call was appended: nothing of its epoch may follow.
  };
  struct Partition {
    std::vector<TopicRecord> records;
    Offset start = {};
    Offset end = {};
    std::map<std::uint64_t, Producer> producers;
  };

  World& world_;
  const std::string id_ = "sim";
  std::vector<Partition> partitions_;
  Watch watch_;
  std::function<void(PartitionId, Offset)> watch_deletions_;
  Loses loses_;
  Microseconds skew_{0};
};

/// As one owner of it sees it.
class SimTopic : public Topic {
 public:
  SimTopic(World& world, TopicLog& log, LifePtr life)
      : world_(world),
        log_(log),
        life_(std::move(life)),
        producer_(world.random.next()),
        connections_(log.partition_count()) {}

  std::uint32_t partition_count() const override { return log_.partition_count(); }
  const std::string& id() const override { return log_.id(); }
  void confirm(Done done) override;
  void append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) override;
  void reopen(PartitionId partition) override;
  std::unique_ptr<TopicReader> read(PartitionId partition, Offset start) override;
  void end_offset(PartitionId partition, Found done) override;
  void first_since(PartitionId partition, ProcessingTime time, Found done) override;
  void delete_before(PartitionId partition, Offset start, Done done) override;

 private:
  template <typename Answer>
  void ask(std::function<Answer()> look, std::function<void(Answer)> done);

  /// A call whose answer was not given.
  struct Waiting {
    std::uint64_t epoch;
    Appended done;
    std::optional<bool> succeeded = {};
    Offset end = {};
  };
  struct Connection {
    std::uint64_t epoch = 1;
    std::uint64_t next = 0;
    bool failed = false;
    Microseconds arrival{0};     // Of the call before.
    Microseconds down_until{0};  // What is sent before is lost.
    std::deque<std::shared_ptr<Waiting>> waiting = {};
  };

  /// The caller hears of it once it has heard of those before.
  void answer(Microseconds delay, PartitionId partition, std::shared_ptr<Waiting> call,
              bool succeeded, Offset end);

  World& world_;
  TopicLog& log_;
  LifePtr life_;
  std::uint64_t producer_;
  std::vector<Connection> connections_;
};

}  // namespace hapax::sim
