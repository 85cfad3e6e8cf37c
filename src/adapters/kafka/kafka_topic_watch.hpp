// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/kafka/kafka_topic_check.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/topic_trouble.hpp"

namespace hapax {

struct KafkaTopicWatchSettings {
  /// Between two looks.
  std::chrono::milliseconds interval{60'000};
  /// A topic has become wrong, or right again. On the watch's thread.
  std::function<void(const std::string& what)> log = [](const std::string&) {};
};

struct KafkaTopicWatchStats {
  std::uint64_t looks = 0;       ///< At all topics.
  std::uint64_t unanswered = 0;  ///< Of these: a broker did not answer, which says nothing.
};

/// Looks at topics again and again while they are used, on a thread of its own, since they can be
/// changed under us (KafkaTopicCheck). What is wrong with one is trouble until a look finds it
/// right. That one is another topic, or has lost records, is trouble for good once two looks in a
/// row have found it: what was said of it before does not hold any more, and somebody must decide.
/// One look is not enough: a broker that has just become a partition's leader may for a while say
/// an end that lies behind (KIP-207), and one that has just started knows the topics of before.
/// Threading: one owner, but for trouble() and stats().
class KafkaTopicWatch : public TopicTrouble {
 public:
  /// `topics`: as they were when they were opened. Errors: as KafkaTopicCheck::open().
  static Result<std::unique_ptr<KafkaTopicWatch>> open(KafkaSettings kafka,
                                                       std::vector<KafkaTopicMark> topics,
                                                       KafkaTopicWatchSettings settings);
  /// Does not wait for brokers.
  ~KafkaTopicWatch() override;
  KafkaTopicWatch(const KafkaTopicWatch&) = delete;
  KafkaTopicWatch& operator=(const KafkaTopicWatch&) = delete;

  Trouble trouble() const override;
  KafkaTopicWatchStats stats() const;

 private:
  KafkaTopicWatch(KafkaSettings kafka, std::vector<KafkaTopicMark> topics,
                  KafkaTopicWatchSettings settings, std::unique_ptr<KafkaTopicCheck> check);

  void run();
  void look();
  Result<void> look_at(KafkaTopicMark& topic);
  void tell(const Result<void>& outcome);

  const KafkaSettings kafka_;
  const KafkaTopicWatchSettings settings_;
  const std::unique_ptr<KafkaTopicCheck> check_;
  std::vector<KafkaTopicMark> topics_;  // Of the thread.
  bool was_corrupt_ = false;            // Of the thread: what the last look found.

  mutable Mutex mutex_;
  CondVar wake_;
  bool stopping_ HAPAX_GUARDED_BY(mutex_) = false;
  Trouble trouble_ HAPAX_GUARDED_BY(mutex_);
  KafkaTopicWatchStats stats_ HAPAX_GUARDED_BY(mutex_);
  std::thread thread_;  // Last: it uses what is above.
};

}  // namespace hapax
