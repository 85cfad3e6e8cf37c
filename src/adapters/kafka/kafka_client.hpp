// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kafka/kafka_topic_check.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"
#include "ports/topic_callbacks.hpp"

namespace hapax {

namespace kafka {
class OwnerQueue;
class Questions;
class WakeUp;
}  // namespace kafka

/// The topics of one Kafka cluster, for one owner: threads of librdkafka only leave word, and
/// the owner runs the callbacks of all its topics here.
///
///     while (...) {
///       client->wait(1s);             // Or fd() in a poll of its own.
///       client->run_callbacks();
///       ... poll() of the readers that are of interest, until they have nothing ...
///     }
///
/// Threading: one owner, but for wake(). Lifetime: it must outlive its topics.
class KafkaClient : public TopicCallbacks {
 public:
  /// Does not talk to the brokers yet. Errors: kInvalid, a setting is wrong; kExhausted, there are
  /// no descriptors or threads left.
  static Result<std::unique_ptr<KafkaClient>> open(KafkaSettings settings);
  ~KafkaClient() override;
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  /// A topic that is there, with the partitions that it has now. Waits for the brokers' answers,
  /// for ask_timeout at most for each. Errors: kUnavailable, they did not answer; kInvalid, there
  /// is no such topic, or it does not keep what is promised with it:
  /// KafkaTopicCheck::check_settings().
  Result<std::unique_ptr<Topic>> open_topic(const std::string& name);
  /// Of the topics that were opened, as they were then: for a KafkaTopicWatch.
  const std::vector<KafkaTopicMark>& marks() const { return marks_; }

  std::size_t run_callbacks() override;
  bool wait(std::chrono::milliseconds timeout) override;
  void wake() override;
  /// Readable when wait() would return true; run_callbacks() makes it unreadable.
  int fd() const;

 private:
  explicit KafkaClient(KafkaSettings settings);

  const KafkaSettings settings_;
  std::vector<KafkaTopicMark> marks_;
  std::unique_ptr<kafka::WakeUp> wake_up_;
  std::unique_ptr<kafka::OwnerQueue> callbacks_;
  std::unique_ptr<kafka::Questions> questions_;
};

}  // namespace hapax
