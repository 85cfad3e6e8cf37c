// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kafka/settings.hpp"
#include "core/result.hpp"
#include "ports/partition_group.hpp"

namespace hapax {

struct KafkaGroupSettings {
  std::string name;                 ///< Of the group, for all processes of a cluster.
  std::vector<std::string> topics;  ///< With the partitions that they have.
  /// A process that is not heard of for so long is taken for dead, and its partitions are dealt out
  /// anew. The brokers bound it (group.min.session.timeout.ms).
  std::chrono::milliseconds session_timeout{10'000};
};

/// A consumer group of Kafka, in which nobody reads: it deals partitions out (cooperatively, so
/// that those that stay are not disturbed), and its offsets say what is done, for those who watch
/// lag. Its destructor leaves the group. Threading: one owner. Lifetime: the settings must outlive
/// it.
class KafkaGroup : public PartitionGroup {
 public:
  /// Does not talk to the brokers yet. Errors: kInvalid, a setting is wrong; kUnavailable.
  static Result<std::unique_ptr<KafkaGroup>> open(const KafkaSettings& settings,
                                                  KafkaGroupSettings group);
};

}  // namespace hapax
