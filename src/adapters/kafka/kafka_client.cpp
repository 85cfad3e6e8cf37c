// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/kafka_client.hpp"

#include <utility>

#include "adapters/kafka/kafka_topic.hpp"
#include "adapters/kafka/kafka_topic_check.hpp"
#include "adapters/kafka/owner_queue.hpp"
#include "adapters/kafka/questions.hpp"

namespace hapax {

Result<std::unique_ptr<KafkaClient>> KafkaClient::open(KafkaSettings settings) {
  std::unique_ptr<KafkaClient> client(new KafkaClient(std::move(settings)));
  HAPAX_ASSIGN(client->wake_up_, kafka::WakeUp::open());
  client->callbacks_ = std::make_unique<kafka::OwnerQueue>(*client->wake_up_);
  HAPAX_ASSIGN(client->questions_, kafka::Questions::open(client->settings_, *client->wake_up_));
  return client;
}

KafkaClient::KafkaClient(KafkaSettings settings) : settings_(std::move(settings)) {}
KafkaClient::~KafkaClient() = default;

Result<std::unique_ptr<Topic>> KafkaClient::open_topic(const std::string& name) {
  HAPAX_ASSIGN(const auto check, KafkaTopicCheck::open(settings_));
  HAPAX_ASSIGN(const KafkaTopicFacts facts, check->look(name));
  HAPAX_TRY(KafkaTopicCheck::check_settings(facts, settings_));
  marks_.push_back(KafkaTopicCheck::mark(facts));
  return kafka::KafkaTopic::open(
      settings_,
      {.name = name,
       .id = facts.id,
       .partitions = static_cast<std::uint32_t>(facts.partitions.size())},
      {.wake_up = *wake_up_, .callbacks = *callbacks_, .questions = *questions_});
}

std::size_t KafkaClient::run_callbacks() {
  wake_up_->clear();
  return callbacks_->run() + questions_->answer();
}

bool KafkaClient::wait(std::chrono::milliseconds timeout) {
  return wake_up_->wait(timeout);
}

void KafkaClient::wake() {
  wake_up_->wake();
}

int KafkaClient::fd() const {
  return wake_up_->fd();
}

}  // namespace hapax
