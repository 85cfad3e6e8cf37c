// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/kafka_topic_maker.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

#include "adapters/kafka/conf.hpp"
#include "adapters/kafka/kafka_topic_check.hpp"

namespace hapax {
namespace {

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, kafka::Destroy<rd_kafka_NewTopic_destroy>>;

std::map<std::string, std::string> config_of(const KafkaTopicPlan& plan,
                                             const KafkaSettings& settings) {
  const bool is_replicated = plan.replicas >= KafkaTopicCheck::kReplicasMin;
  return {
      {"message.timestamp.type", "LogAppendTime"},
      {"cleanup.policy", "delete"},
      {"retention.ms", "-1"},
      {"retention.bytes", "-1"},
      {"unclean.leader.election.enable", "false"},
      {"min.insync.replicas", std::to_string(is_replicated ? KafkaTopicCheck::kInSyncMin : 1)},
      {"max.message.bytes", std::to_string(settings.record_bytes_max + kKafkaRecordOverheadBytes)}};
}

Error refusal(const KafkaTopicPlan& plan, rd_kafka_resp_err_t code, const char* why) {
  const bool may_pass = code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ||
                        code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
                        code == RD_KAFKA_RESP_ERR_NOT_CONTROLLER;
  return Error{may_pass ? ErrorKind::kUnavailable : ErrorKind::kInvalid,
               fmt::format("topic {} is not made: {}", plan.name,
                           why != nullptr ? why : rd_kafka_err2str(code)),
               kafka::is_forbidden(code)
                   ? kafka::kForbiddenHint
                   : "docs/kafka.md has what a topic must be like, and how it is made by hand"};
}

Error no_answer(const KafkaTopicPlan& plan, const kafka::Voice& voice, rd_kafka_resp_err_t code,
                const char* why) {
  return voice.unavailable(code, fmt::format("topic {} is not made: {}", plan.name, why));
}

}  // namespace

struct KafkaTopicMaker::Client {
  kafka::Handle handle;
  kafka::Queue answers;
};

Result<std::unique_ptr<KafkaTopicMaker>> KafkaTopicMaker::open(KafkaSettings settings) {
  std::unique_ptr<KafkaTopicMaker> maker(new KafkaTopicMaker(std::move(settings)));
  HAPAX_ASSIGN(kafka::Conf conf, kafka::make_conf(maker->settings_));
  HAPAX_ASSIGN(kafka::Handle handle,
               kafka::make_handle(RD_KAFKA_PRODUCER, std::move(conf), maker->settings_));
  kafka::Queue answers(rd_kafka_queue_new(handle.get()));
  maker->client_ =
      std::make_unique<Client>(Client{.handle = std::move(handle), .answers = std::move(answers)});
  return maker;
}

KafkaTopicMaker::KafkaTopicMaker(KafkaSettings settings) : settings_(std::move(settings)) {}
KafkaTopicMaker::~KafkaTopicMaker() = default;

Result<bool> KafkaTopicMaker::make(const KafkaTopicPlan& plan) {
  std::array<char, 256> why{};
  const NewTopic topic(rd_kafka_NewTopic_new(plan.name.c_str(), static_cast<int>(plan.partitions),
                                             static_cast<int>(plan.replicas), why.data(),
                                             why.size()));
  if (topic == nullptr) {
    return refusal(plan, RD_KAFKA_RESP_ERR__INVALID_ARG, why.data());
  }
  for (const auto& [name, value] : config_of(plan, settings_)) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  const kafka::Options options(
      rd_kafka_AdminOptions_new(client_->handle.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  const auto timeout = static_cast<int>(settings_.ask_timeout.count());
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout, why.data(), why.size());
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout, why.data(), why.size());
  rd_kafka_NewTopic_t* topics[] = {topic.get()};  // NOLINT: as the library wants it.
  rd_kafka_CreateTopics(client_->handle.get(), topics, 1, options.get(), client_->answers.get());
  // The question has its own end; this is for a library that would forget it.
  const kafka::Event event(rd_kafka_queue_poll(client_->answers.get(), 2 * timeout));
  if (event == nullptr) {
    return no_answer(plan, kafka::voice_of(client_->handle), RD_KAFKA_RESP_ERR__TIMED_OUT,
                     "no answer of the brokers");
  }
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return no_answer(plan, kafka::voice_of(client_->handle), code,
                     rd_kafka_event_error_string(event.get()));
  }
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  const auto code =
      count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    return false;
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return refusal(plan, code,
                   count == 1 ? rd_kafka_topic_result_error_string(results[0]) : nullptr);
  }
  return true;
}

}  // namespace hapax
