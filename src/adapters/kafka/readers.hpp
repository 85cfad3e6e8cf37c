// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "adapters/kafka/handles.hpp"
#include "adapters/kafka/owner_queue.hpp"
#include "adapters/kafka/questions.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/ids.hpp"
#include "ports/topic.hpp"

namespace hapax::kafka {

/// A consumer of librdkafka, which reads a partition from one place at a time.
struct Consumer {
  Handle handle;
  TopicHandle topic;
  std::set<PartitionId> read = {};
  std::vector<rd_kafka_message_t*> messages = {};  // Of a poll.
};

/// Makes the readers of a topic. They share a consumer, and with it the connections to brokers;
/// one that reads what another reads already gets a further one.
/// Threading: one owner. Lifetime: what it is given must outlive it and its readers.
class Readers {
 public:
  Readers(const KafkaSettings& settings, std::string topic, WakeUp& wake_up, Questions& questions)
      : settings_(settings), topic_(std::move(topic)), wake_up_(wake_up), questions_(questions) {}

  std::unique_ptr<TopicReader> read(PartitionId partition, Offset start);

 private:
  Result<std::shared_ptr<Consumer>> consumer_for(PartitionId partition);

  const KafkaSettings& settings_;
  const std::string topic_;
  WakeUp& wake_up_;
  Questions& questions_;
  std::vector<std::shared_ptr<Consumer>> consumers_;
};

}  // namespace hapax::kafka
