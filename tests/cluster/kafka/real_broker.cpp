// SPDX-License-Identifier: Apache-2.0
#include "real_broker.hpp"

#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

#include "adapters/kafka/handles.hpp"
#include "adapters/kafka/kafka_topic_check.hpp"

namespace hapax {
namespace {

constexpr int kPatienceMs = 30'000;

void must(bool good, const std::string& what) {
  if (!good) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
  }
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  must(value != nullptr, std::string("no ") + name + ": run it with tests/cluster/kafka/broker");
  return value;
}

}  // namespace

RealBroker::RealBroker()
    : program_(environment("HAPAX_KAFKA_BROKER")),
      folder_(environment("HAPAX_KAFKA_FOLDER")),
      port_(static_cast<std::uint16_t>(std::stoi(environment("HAPAX_KAFKA_PORT")))) {}

pid_t RealBroker::pid() const {
  std::ifstream file(folder_ + "/pid");
  pid_t pid = 0;
  file >> pid;
  must(pid > 0, "the broker has no process");
  return pid;
}

void RealBroker::kill() {
  ::kill(pid(), SIGKILL);
}

void RealBroker::start() {
  const std::string command = "'" + program_ + "' start '" + folder_ + "' " + std::to_string(port_);
  must(std::system(command.c_str()) == 0, "the broker does not start");  // NOLINT
}

void RealBroker::lose_records(const std::string& topic, PartitionId partition) {
  const std::filesystem::path log =
      folder_ + "/data/" + topic + "-" + std::to_string(partition.value());
  must(std::filesystem::is_directory(log), "the broker has no " + log.string());
  for (const auto& file : std::filesystem::directory_iterator(log)) {
    if (file.path().filename() != "partition.metadata") {  // Which says whose partition it is.
      std::filesystem::remove(file);
    }
  }
}

void RealBroker::pause() {
  ::kill(pid(), SIGSTOP);
}

void RealBroker::resume() {
  ::kill(pid(), SIGCONT);
}

TopicConfig good_topic_config() {
  return {{"message.timestamp.type", "LogAppendTime"},
          {"cleanup.policy", "delete"},
          {"retention.ms", "-1"},
          {"retention.bytes", "-1"},
          {"unclean.leader.election.enable", "false"}};
}

struct TopicAdmin::Client {
  kafka::Handle handle;
  kafka::Queue queue;

  kafka::Options options(rd_kafka_admin_op_t what) {
    kafka::Options made(rd_kafka_AdminOptions_new(handle.get(), what));
    std::array<char, 256> why{};
    rd_kafka_AdminOptions_set_request_timeout(made.get(), kPatienceMs, why.data(), why.size());
    return made;
  }
  kafka::Event answer(const std::string& what) {
    kafka::Event event(rd_kafka_queue_poll(queue.get(), kPatienceMs));
    must(event != nullptr, what + ": no answer");
    must(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
         what + ": " + rd_kafka_event_error_string(event.get()));
    return event;
  }
  static void must_be_done(const rd_kafka_topic_result_t* const* results, std::size_t count,
                           const std::string& what) {
    must(count == 1, what + ": no result");
    must(rd_kafka_topic_result_error(results[0]) == RD_KAFKA_RESP_ERR_NO_ERROR,
         what + ": " + rd_kafka_err2name(rd_kafka_topic_result_error(results[0])));
  }
};

TopicAdmin::TopicAdmin(const std::string& brokers) {
  kafka::Conf conf(rd_kafka_conf_new());
  std::array<char, 256> why{};
  rd_kafka_conf_set(conf.get(), "bootstrap.servers", brokers.c_str(), why.data(), why.size());
  rd_kafka_conf_set(conf.get(), "reconnect.backoff.max.ms", "1000", why.data(), why.size());
  kafka::Handle handle(rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), why.data(), why.size()));
  must(handle != nullptr, why.data());
  kafka::Queue queue(rd_kafka_queue_new(handle.get()));
  client_ =
      std::make_unique<Client>(Client{.handle = std::move(handle), .queue = std::move(queue)});
}

TopicAdmin::~TopicAdmin() = default;

void TopicAdmin::create(const std::string& topic, std::uint32_t partitions,
                        const TopicConfig& config) {
  std::array<char, 256> why{};
  rd_kafka_NewTopic_t* made =
      rd_kafka_NewTopic_new(topic.c_str(), static_cast<int>(partitions), 1, why.data(), why.size());
  must(made != nullptr, why.data());
  for (const auto& [name, value] : config) {
    rd_kafka_NewTopic_set_config(made, name.c_str(), value.c_str());
  }
  const auto options = client_->options(RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), kPatienceMs, why.data(), why.size());
  rd_kafka_CreateTopics(client_->handle.get(), &made, 1, options.get(), client_->queue.get());
  rd_kafka_NewTopic_destroy(made);
  const kafka::Event event = client_->answer("creating " + topic);
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  Client::must_be_done(results, count, "creating " + topic);
  // Brokers hear of it a moment later.
  for (std::uint32_t i = 0; i < partitions; ++i) {
    std::int64_t start = 0;
    std::int64_t end = 0;
    while (rd_kafka_query_watermark_offsets(client_->handle.get(), topic.c_str(),
                                            static_cast<std::int32_t>(i), &start, &end,
                                            kPatienceMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void TopicAdmin::set(const std::string& topic, const std::string& name, const std::string& value) {
  rd_kafka_ConfigResource_t* resource =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  const kafka::Failure failure(rd_kafka_ConfigResource_add_incremental_config(
      resource, name.c_str(), RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, value.c_str()));
  const auto options = client_->options(RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS);
  rd_kafka_IncrementalAlterConfigs(client_->handle.get(), &resource, 1, options.get(),
                                   client_->queue.get());
  rd_kafka_ConfigResource_destroy(resource);
  const kafka::Event event = client_->answer("setting " + name);
  std::size_t count = 0;
  const auto* resources = rd_kafka_IncrementalAlterConfigs_result_resources(
      rd_kafka_event_IncrementalAlterConfigs_result(event.get()), &count);
  must(count == 1 && rd_kafka_ConfigResource_error(resources[0]) == RD_KAFKA_RESP_ERR_NO_ERROR,
       "setting " + name + ": refused");
}

void TopicAdmin::remove(const std::string& topic) {
  rd_kafka_DeleteTopic_t* removed = rd_kafka_DeleteTopic_new(topic.c_str());
  const auto options = client_->options(RD_KAFKA_ADMIN_OP_DELETETOPICS);
  rd_kafka_DeleteTopics(client_->handle.get(), &removed, 1, options.get(), client_->queue.get());
  rd_kafka_DeleteTopic_destroy(removed);
  const kafka::Event event = client_->answer("deleting " + topic);
  std::size_t count = 0;
  const auto* results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  Client::must_be_done(results, count, "deleting " + topic);
}

void TopicAdmin::add_partitions(const std::string& topic, std::uint32_t count) {
  std::array<char, 256> why{};
  rd_kafka_NewPartitions_t* added =
      rd_kafka_NewPartitions_new(topic.c_str(), count, why.data(), why.size());
  must(added != nullptr, why.data());
  const auto options = client_->options(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), kPatienceMs, why.data(), why.size());
  rd_kafka_CreatePartitions(client_->handle.get(), &added, 1, options.get(), client_->queue.get());
  rd_kafka_NewPartitions_destroy(added);
  const kafka::Event event = client_->answer("adding partitions to " + topic);
  std::size_t results_count = 0;
  const auto* results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event.get()), &results_count);
  Client::must_be_done(results, results_count, "adding partitions to " + topic);
}

bool TopicAdmin::is_another(const std::string& brokers, const std::string& topic,
                            const std::string& id) {
  const auto facts = KafkaTopicCheck::open(settings_for(brokers)).value()->look(topic);
  return facts && facts->id != id;
}

std::string TopicAdmin::new_name() {
  static std::uint64_t count = 0;
  return "t" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

KafkaSettings settings_for(const std::string& brokers) {
  KafkaSettings settings;
  settings.brokers = brokers;
  settings.name = "test-" + TopicAdmin::new_name();
  settings.append_timeout = std::chrono::seconds(3);
  settings.accept_unreplicated = true;
  return settings;
}

}  // namespace hapax
