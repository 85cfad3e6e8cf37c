// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_client.hpp"

namespace hapax {

/// Somebody who has a client and one topic, and waits for answers.
class Owner {
 public:
  static constexpr PartitionId kPartition{0};
  static constexpr std::chrono::seconds kPatience{60};
  using Answer = std::shared_ptr<std::optional<Result<Offset>>>;
  struct Found {
    std::vector<std::string> values;
    std::vector<Offset> offsets;
    std::optional<Error> error;
  };

  Owner(const KafkaSettings& settings, const std::string& name)
      : client_(KafkaClient::open(settings).value()), topic_(client_->open_topic(name).value()) {}

  Topic& topic() { return *topic_; }

  void run_callbacks(std::chrono::milliseconds wait = std::chrono::milliseconds(10)) {
    if (client_->run_callbacks() == 0) {
      client_->wait(wait);
    }
  }
  /// False: not within a minute.
  template <typename Done>
  bool run_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) {
      run_callbacks();
    }
    return done();
  }
  void run_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      run_callbacks();
    }
  }
  Answer start(const std::string& value) {
    auto answer = std::make_shared<std::optional<Result<Offset>>>();
    topic_->append(kPartition, {{.header = "h", .value = value}},
                   [answer](Result<Offset> end) { *answer = std::move(end); });
    return answer;
  }
  Result<Offset> append(const std::string& value) {
    const Answer answer = start(value);
    if (!run_until([&] { return answer->has_value(); })) {
      return Error{ErrorKind::kTimedOut, "no answer"};
    }
    return **answer;
  }
  /// Reopens and appends until it succeeds.
  Offset append_at_last(const std::string& value) {
    for (;;) {
      topic_->reopen(kPartition);
      if (const auto end = append(value)) {
        return *end;
      }
    }
  }
  Offset end() {
    std::optional<Result<Offset>> answer;
    for (;;) {
      topic_->end_offset(kPartition, [&](Result<Offset> found) { answer = std::move(found); });
      run_until([&] { return answer.has_value(); });
      if (answer->has_value()) {
        return answer->value();
      }
    }
  }
  /// Up to `until`, or the first error but kUnavailable.
  Found read_all(Offset until) {
    const auto reader = topic_->read(kPartition, {});
    Found found;
    run_until([&] {
      const auto polled = reader->poll(1000);
      if (!polled) {
        if (polled.error().kind != ErrorKind::kUnavailable) {
          found.error = polled.error();
        }
        return found.error.has_value();
      }
      for (const TopicRecord& record : *polled) {
        found.values.push_back(record.entry.value);
        found.offsets.push_back(record.offset);
      }
      return reader->position() >= until;
    });
    return found;
  }

 private:
  std::unique_ptr<KafkaClient> client_;
  std::unique_ptr<Topic> topic_;
};

}  // namespace hapax
