// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/questions.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "adapters/kafka/conf.hpp"

namespace hapax::kafka {
namespace {

/// After so long it is asked again who leads a partition.
constexpr std::chrono::milliseconds kLeadersAge{1000};

Error no_answer(const std::string& why) {
  return Error{ErrorKind::kUnavailable, "Kafka: " + why};
}

Result<Offset> offset_in(rd_kafka_event_t& event) {
  if (rd_kafka_event_error(&event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return no_answer(rd_kafka_event_error_string(&event));
  }
  std::size_t count = 0;
  const auto* infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(&event), &count);
  if (count != 1) {
    return no_answer("an answer without an offset");
  }
  const auto* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0]);
  if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR || found->offset < 0) {
    return no_answer(rd_kafka_err2str(found->err));
  }
  return Offset(static_cast<std::uint64_t>(found->offset));
}

}  // namespace

Result<std::unique_ptr<Questions>> Questions::open(const KafkaSettings& settings, WakeUp& wake_up) {
  HAPAX_ASSIGN(Conf conf, make_conf(settings));
  // It keeps the leader's epoch that it was told, also when the leader says that it is an old one:
  // after a broker has started again no question would be answered until it looks again.
  HAPAX_TRY(set(conf.get(), "metadata.max.age.ms", std::to_string(kLeadersAge.count())));
  HAPAX_ASSIGN(Handle handle, make_handle(RD_KAFKA_PRODUCER, std::move(conf)));
  std::unique_ptr<Questions> questions(new Questions(settings, std::move(handle)));
  static constexpr std::uint64_t kOne = 1;  // What an event descriptor is woken with.
  rd_kafka_queue_io_event_enable(questions->answers_.get(), wake_up.fd(), &kOne, sizeof(kOne));
  return questions;
}

Questions::Questions(const KafkaSettings& settings, Handle handle)
    : settings_(settings),
      handle_(std::move(handle)),
      answers_(rd_kafka_queue_new(handle_.get())) {}

Questions::~Questions() {
  rd_kafka_queue_io_event_enable(answers_.get(), -1, nullptr, 0);
}

void Questions::ask(const std::string& topic, PartitionId partition, Place place,
                    Topic::Found found) {
  const Partitions places(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(places.get(), topic.c_str(),
                                    static_cast<std::int32_t>(partition.value()))
      ->offset = place == Place::kEnd ? RD_KAFKA_OFFSET_SPEC_LATEST : RD_KAFKA_OFFSET_SPEC_EARLIEST;
  const Options options(rd_kafka_AdminOptions_new(handle_.get(), RD_KAFKA_ADMIN_OP_LISTOFFSETS));
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(
      options.get(), static_cast<int>(settings_.ask_timeout.count()), why.data(), why.size());
  // Up to what is durable, whatever the transactions it came in have come to.
  rd_kafka_AdminOptions_set_isolation_level(options.get(),
                                            RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED);
  rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(next_));  // NOLINT
  asked_.emplace(next_++, std::move(found));
  rd_kafka_ListOffsets(handle_.get(), places.get(), options.get(), answers_.get());
}

std::size_t Questions::answer() {
  std::size_t count = 0;
  while (const Event event = Event(rd_kafka_queue_poll(answers_.get(), 0))) {
    const auto asked = asked_.find(reinterpret_cast<std::uint64_t>(  // NOLINT
        rd_kafka_event_opaque(event.get())));
    if (asked == asked_.end()) {
      continue;  // A word of the library's own.
    }
    const Topic::Found found = std::move(asked->second);
    asked_.erase(asked);
    found(offset_in(*event));
    ++count;
  }
  return count;
}

}  // namespace hapax::kafka
