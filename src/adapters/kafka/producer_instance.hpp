// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "adapters/kafka/handles.hpp"
#include "adapters/kafka/owner_queue.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax::kafka {

/// Brokers end a transaction of a producer that was silent for so long.
constexpr std::chrono::milliseconds kTransactionTimeout{60'000};
/// One is committed when it is so old: other readers of the topic that want committed records only
/// get them then.
constexpr std::chrono::milliseconds kTransactionAge{5'000};

/// Who is told what became of records.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void reported(const rd_kafka_message_t& message) = 0;
};

/// One transactional producer of librdkafka, of one producer epoch.
/// Threading: one owner, whose thread is told of deliveries within its calls.
class ProducerInstance {
 public:
  /// `wake_up` is woken when there is something to poll for.
  static Result<std::unique_ptr<ProducerInstance>> open(const KafkaSettings& settings,
                                                        const std::string& topic, WakeUp& wake_up);
  /// Ends it at once: what was not reported is thrown away, but for what is on its way.
  ~ProducerInstance();
  ProducerInstance(const ProducerInstance&) = delete;
  ProducerInstance& operator=(const ProducerInstance&) = delete;

  /// Gets a producer epoch, which ends those of former producers of the name. To be called again
  /// while it is kTimedOut. Errors: kUnavailable, it is of no use any more.
  Result<void> make_ready(std::chrono::milliseconds timeout);
  bool is_ready() const { return ready_; }

  enum class Sent { kYes, kNoRoom };
  /// `entry` and `delivery` must stay until it is reported, which is once, or this is gone.
  Result<Sent> send(PartitionId partition, const TopicEntry& entry, Delivery& delivery);
  void poll();
  /// Of something that failed with `code`: `text`, and why brokers are not reached.
  std::string explain(rd_kafka_resp_err_t code, const std::string& text) const;
  bool commit_is_due() const;
  /// To be called again, before anything is sent, while it is kTimedOut.
  /// Errors: kUnavailable, it is of no use any more.
  Result<void> commit(std::chrono::milliseconds timeout);

 private:
  ProducerInstance(Handle handle, TopicHandle topic, Queue reports);

  Result<void> begin();
  /// kTimedOut: to be called again.
  Result<void> outcome(const char* what, Failure failure) const;

  Handle handle_;
  TopicHandle topic_;
  Queue reports_;
  bool ready_ = false;
  std::optional<std::chrono::steady_clock::time_point> began_;  // The transaction.
};

}  // namespace hapax::kafka
