// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/topic_asker.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "adapters/kafka/conf.hpp"

namespace hapax::kafka {
namespace {

using Names =
    std::unique_ptr<rd_kafka_TopicCollection_t, Destroy<rd_kafka_TopicCollection_destroy>>;
using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_destroy>>;

}  // namespace

Result<std::unique_ptr<TopicAsker>> TopicAsker::open(const KafkaSettings& settings) {
  HAPAX_ASSIGN(Conf conf, make_conf(settings));
  HAPAX_ASSIGN(Handle handle, make_handle(RD_KAFKA_PRODUCER, std::move(conf), settings));
  return std::unique_ptr<TopicAsker>(new TopicAsker(settings, std::move(handle)));
}

TopicAsker::TopicAsker(const KafkaSettings& settings, Handle handle)
    : settings_(settings),
      handle_(std::move(handle)),
      answers_(rd_kafka_queue_new(handle_.get())) {}

Error TopicAsker::failure(const std::string& topic, rd_kafka_resp_err_t code,
                          const char* why) const {
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    return Error{ErrorKind::kInvalid, fmt::format("there is no topic {}", topic),
                 "create it as docs/kafka.md says"};
  }
  return voice_of(handle_).unavailable(
      code, fmt::format("topic {}: {}", topic, why != nullptr ? why : rd_kafka_err2str(code)));
}

Error TopicAsker::no_answer(const std::string& topic) const {
  return failure(topic, RD_KAFKA_RESP_ERR__TIMED_OUT, "no answer of the brokers");
}

Options TopicAsker::options(rd_kafka_admin_op_t question) const {
  Options made(rd_kafka_AdminOptions_new(handle_.get(), question));
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(
      made.get(), static_cast<int>(settings_.ask_timeout.count()), why.data(), why.size());
  return made;
}

Result<Event> TopicAsker::answer(const std::string& topic) {
  // The question has its own end; this is for a library that would forget it.
  const auto patience = 2 * settings_.ask_timeout;
  Event event(stopped_ ? nullptr
                       : rd_kafka_queue_poll(answers_.get(), static_cast<int>(patience.count())));
  if (event == nullptr) {
    return no_answer(topic);
  }
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure(topic, code, rd_kafka_event_error_string(event.get()));
  }
  voice_of(handle_).forget();
  return event;
}

void TopicAsker::stop() {
  stopped_ = true;
  rd_kafka_queue_yield(answers_.get());
}

Result<void> TopicAsker::describe(KafkaTopicFacts& facts) {
  const char* name = facts.name.c_str();
  const Names names(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  rd_kafka_DescribeTopics(handle_.get(), names.get(),
                          options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS).get(), answers_.get());
  HAPAX_ASSIGN(const Event event, answer(facts.name));
  std::size_t count = 0;
  const auto* topics = rd_kafka_DescribeTopics_result_topics(
      rd_kafka_event_DescribeTopics_result(event.get()), &count);
  if (count != 1) {
    return no_answer(facts.name);
  }
  const auto* error = rd_kafka_TopicDescription_error(topics[0]);
  if (const auto code = rd_kafka_error_code(error); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure(facts.name, code, rd_kafka_error_string(error));
  }
  facts.id = rd_kafka_Uuid_base64str(rd_kafka_TopicDescription_topic_id(topics[0]));
  const auto* partitions = rd_kafka_TopicDescription_partitions(topics[0], &count);
  facts.partitions.assign(count, {});
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = rd_kafka_TopicPartitionInfo_partition(partitions[i]);
    std::size_t replicas = 0;
    rd_kafka_TopicPartitionInfo_replicas(partitions[i], &replicas);
    if (number < 0 || static_cast<std::size_t>(number) >= count) {
      return no_answer(facts.name);
    }
    facts.partitions[static_cast<std::size_t>(number)].replicas = replicas;
  }
  return {};
}

Result<void> TopicAsker::settings(KafkaTopicFacts& facts) {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, facts.name.c_str()));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};  // NOLINT: as the library wants it.
  rd_kafka_DescribeConfigs(handle_.get(), resources, 1,
                           options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS).get(), answers_.get());
  HAPAX_ASSIGN(const Event event, answer(facts.name));
  std::size_t count = 0;
  const auto* described = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) {
    return no_answer(facts.name);
  }
  if (const auto code = rd_kafka_ConfigResource_error(described[0]);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure(facts.name, code, rd_kafka_ConfigResource_error_string(described[0]));
  }
  const auto* entries = rd_kafka_ConfigResource_configs(described[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    facts.settings[rd_kafka_ConfigEntry_name(entries[i])] = value != nullptr ? value : "";
  }
  return {};
}

Result<void> TopicAsker::starts(KafkaTopicFacts& facts) {
  HAPAX_ASSIGN(const auto found, offsets(facts, RD_KAFKA_OFFSET_SPEC_EARLIEST));
  for (std::size_t i = 0; i < found.size(); ++i) {
    facts.partitions[i].start = found[i];
  }
  return {};
}

Result<void> TopicAsker::ends(KafkaTopicFacts& facts) {
  HAPAX_ASSIGN(const auto found, offsets(facts, RD_KAFKA_OFFSET_SPEC_LATEST));
  for (std::size_t i = 0; i < found.size(); ++i) {
    facts.partitions[i].end = found[i];
  }
  return {};
}

Result<std::vector<Offset>> TopicAsker::offsets(const KafkaTopicFacts& facts, std::int64_t which) {
  const Partitions places(
      rd_kafka_topic_partition_list_new(static_cast<int>(facts.partitions.size())));
  for (std::size_t i = 0; i < facts.partitions.size(); ++i) {
    rd_kafka_topic_partition_list_add(places.get(), facts.name.c_str(),
                                      static_cast<std::int32_t>(i))
        ->offset = which;
  }
  rd_kafka_ListOffsets(handle_.get(), places.get(), options(RD_KAFKA_ADMIN_OP_LISTOFFSETS).get(),
                       answers_.get());
  HAPAX_ASSIGN(const Event event, answer(facts.name));
  std::size_t count = 0;
  const auto* infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event.get()), &count);
  std::vector<Offset> found(facts.partitions.size());
  if (count != found.size()) {
    return no_answer(facts.name);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto* place = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    if (place->err != RD_KAFKA_RESP_ERR_NO_ERROR || place->offset < 0) {
      return failure(facts.name, place->err, nullptr);
    }
    found[static_cast<std::size_t>(place->partition)] =
        Offset(static_cast<std::uint64_t>(place->offset));
  }
  return found;
}

}  // namespace hapax::kafka
