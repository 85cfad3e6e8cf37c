// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/kafka/readers.hpp"
#include "ports/topic.hpp"

namespace hapax::kafka {

/// Reads a partition with a consumer that is not reading it yet.
/// Threading: one owner. Lifetime: `questions` must outlive it.
class Reader : public TopicReader {
 public:
  Reader(std::shared_ptr<Consumer> consumer, std::string topic, PartitionId partition, Offset start,
         WakeUp& wake_up, Questions& questions);
  ~Reader() override;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Result<std::span<TopicRecord>> poll(std::size_t count_max) override;
  Offset position() const override { return position_; }

 private:
  /// Where the partition begins and ends, once that is known; for the error alone.
  struct Bounds {
    std::optional<Result<Offset>> start;
    std::optional<Result<Offset>> end;
  };

  void take(const rd_kafka_message_t& message);
  void take_record(const rd_kafka_message_t& message);
  void ask_for_bounds();
  std::optional<Error> why_nothing_is_there() const;

  const std::shared_ptr<Consumer> consumer_;
  const std::string topic_;
  const PartitionId partition_;
  Questions& questions_;
  Queue queue_;
  Offset position_;
  std::vector<TopicRecord> records_;
  std::optional<Error> error_;      // Told once, by the next poll.
  std::optional<Error> corrupt_;    // Told for ever.
  std::string why_;                 // Nothing can be read where it stands, in the library's words.
  std::shared_ptr<Bounds> bounds_;  // Being asked for, since nothing can be read any more.
};

}  // namespace hapax::kafka
