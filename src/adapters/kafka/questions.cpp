// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
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

Result<void> check(rd_kafka_event_t& event, const Voice& voice) {
  if (const auto code = rd_kafka_event_error(&event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return voice.unavailable(code, fmt::format("Kafka: {}", rd_kafka_event_error_string(&event)));
  }
  return {};
}

/// Nothing: no record is there.
Result<std::optional<Offset>> offset_in(rd_kafka_event_t& event, const Voice& voice) {
  HAPAX_TRY(check(event, voice));
  std::size_t count = 0;
  const auto* infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(&event), &count);
  if (count != 1) {
    return no_answer("an answer without an offset");
  }
  const auto* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0]);
  if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return voice.unavailable(found->err, fmt::format("Kafka: {}", rd_kafka_err2str(found->err)));
  }
  return found->offset < 0 ? std::optional<Offset>()
                           : Offset(static_cast<std::uint64_t>(found->offset));
}

Result<std::string> id_in(rd_kafka_event_t& event, const Voice& voice) {
  HAPAX_TRY(check(event, voice));
  std::size_t count = 0;
  const auto* topics =
      rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(&event), &count);
  if (count != 1) {
    return no_answer("an answer without a topic");
  }
  const auto* error = rd_kafka_TopicDescription_error(topics[0]);
  if (const auto code = rd_kafka_error_code(error); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return voice.unavailable(code, fmt::format("Kafka: {}", rd_kafka_error_string(error)));
  }
  return std::string(rd_kafka_Uuid_base64str(rd_kafka_TopicDescription_topic_id(topics[0])));
}

Result<void> deletion_in(rd_kafka_event_t& event, const Voice& voice) {
  HAPAX_TRY(check(event, voice));
  const auto* results =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(&event));
  if (results->cnt != 1) {
    return no_answer("an answer without a partition");
  }
  const auto code = results->elems[0].err;
  if (code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("topic {}, partition {}: it ends before the "
                             "offset that was to be its first",
                             results->elems[0].topic, results->elems[0].partition)};
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return voice.unavailable(code, fmt::format("Kafka: {}", rd_kafka_err2str(code)));
  }
  return {};
}

using Names =
    std::unique_ptr<rd_kafka_TopicCollection_t, Destroy<rd_kafka_TopicCollection_destroy>>;
using Deletion = std::unique_ptr<rd_kafka_DeleteRecords_t, Destroy<rd_kafka_DeleteRecords_destroy>>;

Partitions place_of(const std::string& topic, PartitionId partition, std::int64_t offset) {
  Partitions places(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(places.get(), topic.c_str(),
                                    static_cast<std::int32_t>(partition.value()))
      ->offset = offset;
  return places;
}

}  // namespace

Result<std::unique_ptr<Questions>> Questions::open(const KafkaSettings& settings, WakeUp& wake_up) {
  HAPAX_ASSIGN(Conf conf, make_conf(settings));
  // It keeps the leader's epoch that it was told, also when the leader says that it is an old one:
  // after a broker has started again no question would be answered until it looks again.
  HAPAX_TRY(set(conf.get(), "metadata.max.age.ms", std::to_string(kLeadersAge.count())));
  HAPAX_ASSIGN(Handle handle, make_handle(RD_KAFKA_PRODUCER, std::move(conf), settings));
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

Options Questions::options(rd_kafka_admin_op_t question, Take take) {
  Options made(rd_kafka_AdminOptions_new(handle_.get(), question));
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(
      made.get(), static_cast<int>(settings_.ask_timeout.count()), why.data(), why.size());
  rd_kafka_AdminOptions_set_opaque(made.get(), reinterpret_cast<void*>(next_));  // NOLINT
  asked_.emplace(next_++, std::move(take));
  return made;
}

void Questions::ask_offset(const std::string& topic, PartitionId partition, std::int64_t which,
                           FoundSince found) {
  const Options options = this->options(RD_KAFKA_ADMIN_OP_LISTOFFSETS,
                                        [this, found = std::move(found)](rd_kafka_event_t& event) {
                                          found(offset_in(event, voice_of(handle_)));
                                        });
  // Up to what is durable, whatever the transactions it came in have come to.
  rd_kafka_AdminOptions_set_isolation_level(options.get(),
                                            RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED);
  rd_kafka_ListOffsets(handle_.get(), place_of(topic, partition, which).get(), options.get(),
                       answers_.get());
}

void Questions::ask(const std::string& topic, PartitionId partition, Place place,
                    Topic::Found found) {
  ask_offset(
      topic, partition,
      place == Place::kEnd ? RD_KAFKA_OFFSET_SPEC_LATEST : RD_KAFKA_OFFSET_SPEC_EARLIEST,
      [found = std::move(found)](const Result<std::optional<Offset>>& answer) {
        if (!answer) {
          found(answer.error());
        } else {
          found(*answer ? Result<Offset>(**answer) : no_answer("an answer without an offset"));
        }
      });
}

void Questions::ask_since(const std::string& topic, PartitionId partition, ProcessingTime time,
                          FoundSince found) {
  // Brokers' times are whole milliseconds; negative ones mean something else to them.
  const auto since = std::chrono::ceil<std::chrono::milliseconds>(Microseconds(to_micros(time)));
  ask_offset(topic, partition, std::max<std::int64_t>(0, since.count()), std::move(found));
}

void Questions::ask_id(const std::string& topic, FoundId found) {
  const Options options = this->options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
                                        [this, found = std::move(found)](rd_kafka_event_t& event) {
                                          found(id_in(event, voice_of(handle_)));
                                        });
  const char* name = topic.c_str();
  const Names names(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  rd_kafka_DescribeTopics(handle_.get(), names.get(), options.get(), answers_.get());
}

void Questions::delete_before(const std::string& topic, PartitionId partition, Offset start,
                              Topic::Done done) {
  const Options options = this->options(RD_KAFKA_ADMIN_OP_DELETERECORDS,
                                        [this, done = std::move(done)](rd_kafka_event_t& event) {
                                          done(deletion_in(event, voice_of(handle_)));
                                        });
  const Deletion deletion(rd_kafka_DeleteRecords_new(
      place_of(topic, partition, static_cast<std::int64_t>(start.value())).get()));
  rd_kafka_DeleteRecords_t* deletions = deletion.get();
  rd_kafka_DeleteRecords(handle_.get(), &deletions, 1, options.get(), answers_.get());
}

std::size_t Questions::answer() {
  std::size_t count = 0;
  while (const Event event = Event(rd_kafka_queue_poll(answers_.get(), 0))) {
    const auto asked = asked_.find(reinterpret_cast<std::uint64_t>(  // NOLINT
        rd_kafka_event_opaque(event.get())));
    if (asked == asked_.end()) {
      continue;  // A word of the library's own.
    }
    if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      voice_of(handle_).forget();
    }
    const Take take = std::move(asked->second);
    asked_.erase(asked);
    take(*event);
    ++count;
  }
  return count;
}

}  // namespace hapax::kafka
