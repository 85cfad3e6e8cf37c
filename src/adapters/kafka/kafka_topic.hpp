// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/owner_queue.hpp"
#include "adapters/kafka/producer.hpp"
#include "adapters/kafka/questions.hpp"
#include "adapters/kafka/readers.hpp"
#include "adapters/kafka/settings.hpp"
#include "ports/topic.hpp"

namespace hapax::kafka {

/// A topic of Kafka. All partitions share a producer, so they fail together; each is reopened
/// alone. A failure of the caller's making, a record that is too large, is that of its partition.
/// docs/kafka.md says what the port's promises are worth here.
class KafkaTopic : public Topic {
 public:
  /// What topics of a client share.
  struct Shared {
    WakeUp& wake_up;
    OwnerQueue& callbacks;
    Questions& questions;
  };

  /// What is known of the topic by whoever has looked at it.
  struct Known {
    std::string name;
    std::string id;
    std::uint32_t partitions = 0;
  };

  static Result<std::unique_ptr<Topic>> open(const KafkaSettings& settings, Known known,
                                             Shared shared);

  std::uint32_t partition_count() const override {
    return static_cast<std::uint32_t>(connections_.size());
  }
  const std::string& id() const override { return id_; }
  void confirm(Done done) override;
  void append(PartitionId partition, std::vector<TopicEntry> entries, Appended done) override;
  void reopen(PartitionId partition) override;
  std::unique_ptr<TopicReader> read(PartitionId partition, Offset start) override;
  void end_offset(PartitionId partition, Found done) override;
  void first_since(PartitionId partition, ProcessingTime time, Found done) override;
  void delete_before(PartitionId partition, Offset start, Done done) override;

 private:
  /// A call whose caller was not told.
  struct Waiting {
    std::uint64_t number;
    std::uint64_t generation;
    Appended done;
    std::optional<Result<Offset>> outcome = {};
  };
  struct Connection {
    std::uint64_t generation = 0;  // Of the producer that its calls are for.
    bool failed = false;
    std::deque<Waiting> waiting = {};
  };

  KafkaTopic(const KafkaSettings& settings, Known known, Shared shared);
  Producer::Listener listener();

  /// Runs on the owner's thread, unless this is gone by then.
  void later(std::function<void()> act);
  /// `done`, unless this is gone by then.
  template <typename Answer>
  std::function<void(Answer)> guarded(std::function<void(Answer)> done);
  void ask_id();
  Result<void> compare(const Result<std::string>& id) const;
  void appended(PartitionId partition, std::uint64_t number, Offset end);
  void failed(std::uint64_t generation, const Error& error);
  /// Tells callers in the order of their calls, as far as it is known.
  void answer(PartitionId partition);

  const KafkaSettings& settings_;
  const std::string name_;
  const std::string id_;
  const Shared shared_;
  // One question at a time answers all that were there when it was asked.
  std::vector<Done> to_confirm_;
  bool asking_id_ = false;
  std::uint64_t next_number_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<Connection> connections_;  // By partition.
  Readers readers_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::unique_ptr<Producer> producer_;  // Its thread uses what is above.
};

}  // namespace hapax::kafka
