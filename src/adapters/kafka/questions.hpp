// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "adapters/kafka/handles.hpp"
#include "adapters/kafka/owner_queue.hpp"
#include "adapters/kafka/settings.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax::kafka {

/// Asks brokers where partitions begin and end.
/// Threading: one owner. Lifetime: `settings` and `wake_up` must outlive it.
class Questions {
 public:
  static Result<std::unique_ptr<Questions>> open(const KafkaSettings& settings, WakeUp& wake_up);
  ~Questions();
  Questions(const Questions&) = delete;
  Questions& operator=(const Questions&) = delete;

  enum class Place { kStart, kEnd };
  /// `found` is called by answer(). The partition's leader is asked.
  void ask(const std::string& topic, PartitionId partition, Place place, Topic::Found found);
  /// Tells what was answered meanwhile. Returns how many.
  std::size_t answer();

 private:
  Questions(const KafkaSettings& settings, Handle handle);

  const KafkaSettings& settings_;
  Handle handle_;
  Queue answers_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Topic::Found> asked_;
};

}  // namespace hapax::kafka
