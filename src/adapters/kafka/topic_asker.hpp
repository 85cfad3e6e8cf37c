// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kafka/handles.hpp"
#include "adapters/kafka/kafka_topic_check.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/result.hpp"

namespace hapax::kafka {

/// Asks brokers what a topic is like, and waits for their answers.
/// Threading: one owner. Lifetime: `settings` must outlive it.
class TopicAsker {
 public:
  static Result<std::unique_ptr<TopicAsker>> open(const KafkaSettings& settings);

  /// All of them fill in `facts`, whose name is asked for; the first one before the others.
  /// Errors: kInvalid, there is no such topic; kUnavailable, no answer.
  Result<void> describe(KafkaTopicFacts& facts);
  Result<void> settings(KafkaTopicFacts& facts);
  Result<void> starts(KafkaTopicFacts& facts);
  Result<void> ends(KafkaTopicFacts& facts);

  /// There is no answer to what is asked now, nor to anything else. Any thread.
  void stop();

 private:
  TopicAsker(const KafkaSettings& settings, Handle handle);

  Options options(rd_kafka_admin_op_t question) const;
  Error failure(const std::string& topic, rd_kafka_resp_err_t code, const char* why) const;
  Error no_answer(const std::string& topic) const;
  Result<Event> answer(const std::string& topic);
  /// By partition.
  Result<std::vector<Offset>> offsets(const KafkaTopicFacts& facts, std::int64_t which);

  const KafkaSettings& settings_;
  Handle handle_;
  Queue answers_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace hapax::kafka
