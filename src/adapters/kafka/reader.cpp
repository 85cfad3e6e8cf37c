// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace hapax::kafka {
namespace {

/// Of one poll, whatever the caller asks for: their messages are held twice meanwhile.
constexpr std::size_t kMessagesMax = 4096;

std::int32_t number(PartitionId partition) {
  return static_cast<std::int32_t>(partition.value());
}

std::string header_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t bytes = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_last(headers, kHeaderName, &value, &bytes) !=
          RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  return {static_cast<const char*>(value), bytes};
}

}  // namespace

Reader::Reader(std::shared_ptr<Consumer> consumer, std::string topic, PartitionId partition,
               Offset start, WakeUp& wake_up, Questions& questions)
    : consumer_(std::move(consumer)),
      topic_(std::move(topic)),
      partition_(partition),
      questions_(questions),
      queue_(rd_kafka_queue_new(consumer_->handle.get())),
      position_(start) {
  static constexpr std::uint64_t kOne = 1;  // What an event descriptor is woken with.
  rd_kafka_queue_io_event_enable(queue_.get(), wake_up.fd(), &kOne, sizeof(kOne));
  consumer_->read.insert(partition_);
  if (rd_kafka_consume_start_queue(consumer_->topic.get(), number(partition_),
                                   static_cast<std::int64_t>(start.value()), queue_.get()) != 0) {
    error_ = Error{ErrorKind::kUnavailable,
                   fmt::format("topic {}, partition {}: cannot read: {}", topic_,
                               partition_.value(), rd_kafka_err2str(rd_kafka_last_error()))};
  }
}

Reader::~Reader() {
  rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
  rd_kafka_consume_stop(consumer_->topic.get(), number(partition_));
  consumer_->read.erase(partition_);
}

Result<std::span<TopicRecord>> Reader::poll(std::size_t count_max) {
  records_.clear();
  if (corrupt_) {
    return *corrupt_;
  }
  if (error_) {
    return *std::exchange(error_, std::nullopt);
  }
  if (bounds_ != nullptr) {
    corrupt_ = why_nothing_is_there();
    return corrupt_ ? Result<std::span<TopicRecord>>(*corrupt_) : std::span<TopicRecord>();
  }
  std::vector<rd_kafka_message_t*>& messages = consumer_->messages;
  messages.resize(std::min(count_max, kMessagesMax));
  const auto count =
      rd_kafka_consume_batch_queue(queue_.get(), 0, messages.data(), messages.size());
  for (ssize_t i = 0; i < count; ++i) {
    const Message message(messages[static_cast<std::size_t>(i)]);
    take(*message);
  }
  if (records_.empty() && error_) {
    return *std::exchange(error_, std::nullopt);
  }
  return std::span<TopicRecord>(records_);
}

void Reader::take(const rd_kafka_message_t& message) {
  if (corrupt_ || bounds_ != nullptr) {
    return;  // Nothing may be read behind what ends it.
  }
  switch (message.err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return take_record(message);
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      position_ = std::max(position_, Offset(static_cast<std::uint64_t>(message.offset)));
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      why_ = rd_kafka_message_errstr(&message);
      return ask_for_bounds();
    default:  // What comes behind it is read all the same.
      error_ = Error{ErrorKind::kUnavailable,
                     fmt::format("topic {}, partition {}: {}", topic_, partition_.value(),
                                 rd_kafka_message_errstr(&message))};
  }
}

void Reader::take_record(const rd_kafka_message_t& message) {
  const Offset offset(static_cast<std::uint64_t>(message.offset));
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t time_ms = rd_kafka_message_timestamp(&message, &kind);
  if (kind != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) {
    corrupt_ = Error{
        ErrorKind::kCorrupt,
        fmt::format("topic {}, partition {}: the record at offset {} has not the time when the "
                    "broker took it",
                    topic_, partition_.value(), offset.value()),
        "message.timestamp.type of the topic was not LogAppendTime when it was appended"};
    return;
  }
  const std::string_view value(static_cast<const char*>(message.payload), message.len);
  records_.push_back({.offset = offset,
                      .appended_at = processing_time_from_micros(
                          Microseconds(std::chrono::milliseconds(time_ms)).count()),
                      .entry = {.header = header_of(message), .value = std::string(value)}});
  position_ = advance(offset, 1);
}

void Reader::ask_for_bounds() {
  bounds_ = std::make_shared<Bounds>();
  const std::weak_ptr<Bounds> asking = bounds_;
  questions_.ask(topic_, partition_, Questions::Place::kStart, [asking](auto found) {
    if (const auto bounds = asking.lock()) {
      bounds->start = std::move(found);
    }
  });
  questions_.ask(topic_, partition_, Questions::Place::kEnd, [asking](auto found) {
    if (const auto bounds = asking.lock()) {
      bounds->end = std::move(found);
    }
  });
}

std::optional<Error> Reader::why_nothing_is_there() const {
  if (!bounds_->start || !bounds_->end) {
    return {};
  }
  const std::string where = fmt::format("topic {}, partition {}", topic_, partition_.value());
  const std::uint64_t at = position_.value();
  if (*bounds_->start && position_ < **bounds_->start) {
    return Error{ErrorKind::kCorrupt,
                 fmt::format("{}: the records at the offsets {} to {} were there and are not any "
                             "more: it begins at {}",
                             where, at, (*bounds_->start)->value() - 1, (*bounds_->start)->value()),
                 "they were deleted before they were read: see docs/kafka.md"};
  }
  if (*bounds_->end && position_ > **bounds_->end) {
    return Error{ErrorKind::kCorrupt,
                 fmt::format("{}: it ends at offset {}, and a reader stands at {}: records were "
                             "lost, or the topic is another one",
                             where, (*bounds_->end)->value(), at),
                 "see docs/kafka.md"};
  }
  return Error{ErrorKind::kCorrupt, fmt::format("{}: nothing can be read at offset {}", where, at),
               "see docs/kafka.md"};
}

}  // namespace hapax::kafka
