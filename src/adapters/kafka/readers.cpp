// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/readers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/kafka/conf.hpp"
#include "adapters/kafka/reader.hpp"

namespace hapax::kafka {
namespace {

/// One that could not be made.
class NoReader : public TopicReader {
 public:
  NoReader(Error error, Offset position) : error_(std::move(error)), position_(position) {}
  Result<std::span<TopicRecord>> poll(std::size_t) override { return error_; }
  Offset position() const override { return position_; }

 private:
  const Error error_;
  const Offset position_;
};

}  // namespace

std::unique_ptr<TopicReader> Readers::read(PartitionId partition, Offset start) {
  auto consumer = consumer_for(partition);
  if (!consumer) {
    return std::make_unique<NoReader>(consumer.error(), start);
  }
  return std::make_unique<Reader>(std::move(*consumer), topic_, partition, start, wake_up_,
                                  questions_);
}

Result<std::shared_ptr<Consumer>> Readers::consumer_for(PartitionId partition) {
  const auto free = std::ranges::find_if(
      consumers_, [&](const auto& consumer) { return !consumer->read.contains(partition); });
  if (free != consumers_.end()) {
    return *free;
  }
  HAPAX_ASSIGN(Conf conf, make_reader_conf(settings_));
  HAPAX_ASSIGN(Handle handle, make_handle(RD_KAFKA_CONSUMER, std::move(conf), settings_));
  TopicHandle topic(rd_kafka_topic_new(handle.get(), topic_.c_str(), nullptr));
  if (topic == nullptr) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("topic {}: {}", topic_, rd_kafka_err2str(rd_kafka_last_error()))};
  }
  return consumers_.emplace_back(
      std::make_shared<Consumer>(Consumer{.handle = std::move(handle), .topic = std::move(topic)}));
}

}  // namespace hapax::kafka
