// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/kafka/owner_queue.hpp"
#include "adapters/kafka/producer_instance.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/ids.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax::kafka {

/// Appends to a topic of Kafka, in generations. One is a transactional producer of librdkafka, and
/// with it a producer epoch of the brokers: within it they take a partition's records in their
/// order and without a gap. The first failure ends it, and all of its calls that were not answered
/// fail: their requests may still be on their way. The next one is another producer with the same
/// transactional.id. Its epoch is higher, and a partition that has met that refuses all that comes
/// of a lower one; so what is late of a generation cannot come behind anything of the next.
///
/// Transactions are there for that alone. They are committed every few seconds because brokers want
/// it; a record is durable when its delivery is reported, and readers do not wait for the commit.
///
/// Threading: append() from any thread; all of librdkafka is called from one thread of its own,
/// and the listener with it. Lifetime: `settings` must outlive it.
class Producer {
 public:
  struct Call {
    std::uint64_t number;
    std::uint64_t generation;
    PartitionId partition;
    std::vector<TopicEntry> entries;
  };
  struct Listener {
    /// All of a call is durable, and `end` is behind it. In the order of calls of a partition.
    std::function<void(const Call& call, Offset end)> appended;
    /// Whatever was not told of before has failed. Calls of the next generation are taken.
    std::function<void(std::uint64_t generation, const Error& error)> failed;
  };

  static Result<std::unique_ptr<Producer>> open(const KafkaSettings& settings, std::string topic,
                                                Listener listener);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// A call of a generation that has ended is dropped.
  void append(Call call);

 private:
  using Clock = std::chrono::steady_clock;
  struct Sending : Delivery {
    Sending(Producer& of, Call made, Clock::time_point until)
        : producer(of), call(std::move(made)), deadline(until) {}
    void reported(const rd_kafka_message_t& message) override { producer.reported(*this, message); }

    Producer& producer;
    Call call;
    Clock::time_point deadline;
    std::list<Sending>::iterator self = {};
    std::size_t sent = 0;     // Entries that librdkafka has.
    std::size_t durable = 0;  // Of them.
    Offset end = {};
  };

  Producer(const KafkaSettings& settings, std::string topic, Listener listener,
           std::unique_ptr<WakeUp> wake_up, std::unique_ptr<ProducerInstance> instance);

  void run(const std::stop_token& stop);
  void take_calls();
  void step();
  void make_ready();
  void send();
  void commit();
  void reported(Sending& sending, const rd_kafka_message_t& message);
  std::string no_answer() const;
  void fail(std::string why);
  void end_generation(const std::string& why);
  /// Until something happens or is due.
  void wait();
  void close();

  const KafkaSettings& settings_;
  const std::string topic_;
  const Listener listener_;
  const std::unique_ptr<WakeUp> wake_up_;

  Mutex mutex_;
  std::vector<Call> calls_ HAPAX_GUARDED_BY(mutex_);

  // Of the thread.
  std::uint64_t generation_ = 0;
  std::unique_ptr<ProducerInstance> instance_;
  Clock::time_point next_try_{};  // To make one.
  std::list<Sending> sendings_;   // What was not answered, in the order of calls.
  std::list<Sending>::iterator unsent_ = sendings_.end();  // The first that is not sent in full.
  bool used_ = false;                                      // Something was sent in this generation.
  bool committing_ = false;                                // Nothing is sent meanwhile.
  bool was_refused_ = false;                               // What was wrong last was an answer.
  std::string trouble_;                 // What was wrong last, for the errors of what waits for it.
  std::optional<std::string> failure_;  // Of this generation.

  std::jthread thread_;
};

}  // namespace hapax::kafka
