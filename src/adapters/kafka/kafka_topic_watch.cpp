// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/kafka_topic_watch.hpp"

#include <utility>

#include "core/thread_name.hpp"

namespace hapax {

Result<std::unique_ptr<KafkaTopicWatch>> KafkaTopicWatch::open(KafkaSettings kafka,
                                                               std::vector<KafkaTopicMark> topics,
                                                               KafkaTopicWatchSettings settings) {
  HAPAX_ASSIGN(auto check, KafkaTopicCheck::open(kafka));
  return std::unique_ptr<KafkaTopicWatch>(new KafkaTopicWatch(
      std::move(kafka), std::move(topics), std::move(settings), std::move(check)));
}

KafkaTopicWatch::KafkaTopicWatch(KafkaSettings kafka, std::vector<KafkaTopicMark> topics,
                                 KafkaTopicWatchSettings settings,
                                 std::unique_ptr<KafkaTopicCheck> check)
    : kafka_(std::move(kafka)),
      settings_(std::move(settings)),
      check_(std::move(check)),
      topics_(std::move(topics)),
      thread_([this] { run(); }) {}

KafkaTopicWatch::~KafkaTopicWatch() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  check_->stop();
  thread_.join();
}

TopicTrouble::Trouble KafkaTopicWatch::trouble() const {
  const MutexLock lock(mutex_);
  return trouble_;
}

KafkaTopicWatchStats KafkaTopicWatch::stats() const {
  const MutexLock lock(mutex_);
  return stats_;
}

void KafkaTopicWatch::run() {
  name_thread("topics");
  MutexLock lock(mutex_);
  const auto stops = [this]() HAPAX_REQUIRES(mutex_) { return stopping_; };
  while (!trouble_.is_for_good && !wake_.wait_for(mutex_, settings_.interval, stops)) {
    lock.unlock();
    look();
    lock.lock();
  }
}

/// The first that is wrong is told; one that does not answer says nothing of the others.
void KafkaTopicWatch::look() {
  Result<void> outcome;
  for (KafkaTopicMark& topic : topics_) {
    if (Result<void> looked = look_at(topic); !looked) {
      const bool is_unanswered = looked.error().kind == ErrorKind::kUnavailable;
      outcome = std::move(looked);
      if (!is_unanswered) {
        break;
      }
    }
  }
  tell(outcome);
}

Result<void> KafkaTopicWatch::look_at(KafkaTopicMark& topic) {
  HAPAX_ASSIGN(const KafkaTopicFacts facts, check_->look_again(topic));
  topic = KafkaTopicCheck::mark(facts);
  return KafkaTopicCheck::check_settings(facts, kafka_);
}

void KafkaTopicWatch::tell(const Result<void>& outcome) {
  const bool is_unanswered = !outcome && outcome.error().kind == ErrorKind::kUnavailable;
  const bool is_corrupt = !outcome && outcome.error().kind == ErrorKind::kCorrupt;
  Trouble found;
  if (!outcome) {
    found = {.why = outcome.error().text(), .is_for_good = is_corrupt && was_corrupt_};
  }
  bool is_new = false;
  {
    const MutexLock lock(mutex_);
    ++stats_.looks;
    stats_.unanswered += is_unanswered ? 1 : 0;
    if (!is_unanswered) {
      was_corrupt_ = is_corrupt;
      is_new = found != trouble_;
      trouble_ = found;
    }
  }
  if (is_new) {
    settings_.log(found ? found.why : "the topics are right again");
  }
}

}  // namespace hapax
