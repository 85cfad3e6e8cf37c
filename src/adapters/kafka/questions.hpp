// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/kafka/handles.hpp"
#include "adapters/kafka/owner_queue.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/topic.hpp"

namespace hapax::kafka {

/// Asks brokers about topics, and has them delete records. What is given to a call is called by
/// answer(), once, with kUnavailable where no answer came in time.
/// Threading: one owner. Lifetime: `settings` and `wake_up` must outlive it.
class Questions {
 public:
  static Result<std::unique_ptr<Questions>> open(const KafkaSettings& settings, WakeUp& wake_up);
  ~Questions();
  Questions(const Questions&) = delete;
  Questions& operator=(const Questions&) = delete;

  enum class Place { kStart, kEnd };
  /// Of the partition's leader.
  void ask(const std::string& topic, PartitionId partition, Place place, Topic::Found found);
  /// Of the first record that the topic took at `time` or later; nothing: there is none.
  using FoundSince = std::function<void(Result<std::optional<Offset>>)>;
  void ask_since(const std::string& topic, PartitionId partition, ProcessingTime time,
                 FoundSince found);
  /// The id of the topic of that name. Errors: kUnavailable, also where there is none: a broker
  /// that has just started may not know of it yet.
  using FoundId = std::function<void(Result<std::string>)>;
  void ask_id(const std::string& topic, FoundId found);
  /// As Topic::delete_before().
  void delete_before(const std::string& topic, PartitionId partition, Offset start,
                     Topic::Done done);
  /// Tells what was answered meanwhile. Returns how many.
  std::size_t answer();

 private:
  using Take = std::function<void(rd_kafka_event_t&)>;

  Questions(const KafkaSettings& settings, Handle handle);

  void ask_offset(const std::string& topic, PartitionId partition, std::int64_t which,
                  FoundSince found);
  Options options(rd_kafka_admin_op_t question, Take take);

  const KafkaSettings& settings_;
  Handle handle_;
  Queue answers_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Take> asked_;
};

}  // namespace hapax::kafka
