// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "adapters/kafka/handles.hpp"
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
/// lag. Threading: one owner. Lifetime: the settings must outlive it.
class KafkaGroup : public PartitionGroup {
 public:
  /// Does not talk to the brokers yet. Errors: kInvalid, a setting is wrong; kUnavailable.
  static Result<std::unique_ptr<KafkaGroup>> open(const KafkaSettings& settings,
                                                  KafkaGroupSettings group);
  /// Leaves the group.
  ~KafkaGroup() override;

  Result<void> poll() override;
  const std::vector<std::set<PartitionId>>& assigned() const override { return assigned_; }
  void commit(std::size_t topic, PartitionId partition, Offset offset) override;

 private:
  explicit KafkaGroup(KafkaGroupSettings group)
      : group_(std::move(group)), assigned_(group_.topics.size()) {}

  void rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t& partitions);
  template <typename Change>
  void change(const rd_kafka_topic_partition_list_t& partitions, Change change);

  const KafkaGroupSettings group_;
  kafka::Handle handle_;
  kafka::Queue events_;
  std::vector<std::set<PartitionId>> assigned_;
};

}  // namespace hapax
