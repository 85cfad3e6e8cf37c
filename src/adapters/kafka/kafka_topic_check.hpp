// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kafka/settings.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace hapax {

namespace kafka {
class TopicAsker;
}  // namespace kafka

/// What brokers say of a topic.
struct KafkaTopicFacts {
  struct Partition {
    std::size_t replicas;
    Offset start;
    Offset end;
  };
  std::string name;
  std::string id;  ///< Another one has another one, whatever it is called.
  std::vector<Partition> partitions;
  std::map<std::string, std::string> settings;  ///< In force, whoever has set them.
};

/// What is to be known again of a topic by whoever uses it the next time.
struct KafkaTopicMark {
  std::string name = {};
  std::string id;
  std::vector<Offset> ends;  ///< By partition.
};

/// Whether a topic keeps what we promise with it: asked before it is used, and now and then, since
/// it can be changed under us. docs/kafka.md has what each error means.
/// Threading: one owner, not the one that a topic's callbacks run on: look() waits.
class KafkaTopicCheck {
 public:
  static constexpr std::size_t kReplicasMin = 3;
  static constexpr std::size_t kInSyncMin = 2;

  /// Errors: as KafkaClient::open().
  static Result<std::unique_ptr<KafkaTopicCheck>> open(KafkaSettings settings);
  ~KafkaTopicCheck();
  KafkaTopicCheck(const KafkaTopicCheck&) = delete;
  KafkaTopicCheck& operator=(const KafkaTopicCheck&) = delete;

  /// Asks the brokers, and waits for ask_timeout at most for each of their answers.
  /// Errors: kInvalid, there is no such topic; kUnavailable, no answer, which says nothing.
  Result<KafkaTopicFacts> look(const std::string& topic);
  /// The same of a topic that is known; each answer is compared as it comes, whether or not the
  /// next question is answered. Errors, in addition: as check_same().
  Result<KafkaTopicFacts> look_again(const KafkaTopicMark& before);

  /// Errors: kInvalid, it loses, moves or refuses records; the message says which setting.
  static Result<void> check_settings(const KafkaTopicFacts& facts, const KafkaSettings& settings);
  /// Errors: kCorrupt, it is another topic, or records are not there any more; kInvalid, it has
  /// other partitions.
  static Result<void> check_same(const KafkaTopicFacts& facts, const KafkaTopicMark& before);
  static KafkaTopicMark mark(const KafkaTopicFacts& facts);

  /// Ends a look() that waits, and each to come: no answer. Any thread.
  void stop();

 private:
  explicit KafkaTopicCheck(KafkaSettings settings);

  const KafkaSettings settings_;
  std::unique_ptr<kafka::TopicAsker> asker_;
};

}  // namespace hapax
