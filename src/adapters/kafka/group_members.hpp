// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <string>
#include <vector>

#include "adapters/kafka/handles.hpp"
#include "ports/partition_group.hpp"

namespace hapax::kafka {

/// Asks the brokers, about once a second, who is in a group and what is dealt out to whom.
/// Threading: one owner. Lifetime: `client`, who is in the group, must outlive it.
class GroupMembers {
 public:
  GroupMembers(rd_kafka_t& client, std::string group, const std::vector<std::string>& topics);

  /// Takes in what was answered, and asks again when it is time. Never blocks.
  void poll();
  /// As of PartitionGroup::members().
  const std::vector<GroupMember>& now() const { return members_; }

 private:
  void ask();
  void take(rd_kafka_event_t& event);
  GroupMember read(const rd_kafka_MemberDescription_t& member, const std::string& own) const;

  rd_kafka_t& client_;
  const std::string group_;
  const std::vector<std::string>& topics_;
  const Queue answers_;
  bool asked_ = false;
  std::chrono::steady_clock::time_point ask_next_;
  std::vector<GroupMember> members_;
};

}  // namespace hapax::kafka
