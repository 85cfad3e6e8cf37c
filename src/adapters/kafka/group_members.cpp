// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/group_members.hpp"

#include <algorithm>
#include <utility>

namespace hapax::kafka {
namespace {

constexpr std::chrono::seconds kAskEvery{1};

/// The client's name in its group; empty before it has joined.
std::string name_of(const rd_kafka_t& client) {
  char* const name = rd_kafka_memberid(&client);
  std::string copy = name == nullptr ? "" : name;
  if (name != nullptr) {
    rd_kafka_mem_free(nullptr, name);
  }
  return copy;
}

}  // namespace

GroupMembers::GroupMembers(rd_kafka_t& client, std::string group,
                           const std::vector<std::string>& topics)
    : client_(client),
      group_(std::move(group)),
      topics_(topics),
      answers_(rd_kafka_queue_new(&client)) {}

void GroupMembers::poll() {
  while (const Event event{rd_kafka_queue_poll(answers_.get(), 0)}) {
    asked_ = false;
    take(*event);
  }
  if (const auto now = std::chrono::steady_clock::now(); !asked_ && now >= ask_next_) {
    ask_next_ = now + kAskEvery;
    ask();
  }
}

void GroupMembers::ask() {
  const char* groups[] = {group_.c_str()};  // NOLINT: an array of C.
  rd_kafka_DescribeConsumerGroups(&client_, groups, 1, nullptr, answers_.get());
  asked_ = true;
}

/// What was known stays while partitions are being dealt out, and where we are not among them.
void GroupMembers::take(rd_kafka_event_t& event) {
  const rd_kafka_DescribeConsumerGroups_result_t* const result =
      rd_kafka_event_DescribeConsumerGroups_result(&event);
  if (result == nullptr || rd_kafka_event_error(&event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  std::size_t count = 0;
  const auto* const* const groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
  if (count != 1 || rd_kafka_ConsumerGroupDescription_error(groups[0]) != nullptr ||  // NOLINT
      rd_kafka_ConsumerGroupDescription_state(groups[0]) !=                           // NOLINT
          RD_KAFKA_CONSUMER_GROUP_STATE_STABLE) {
    return;
  }
  const rd_kafka_ConsumerGroupDescription_t& group = *groups[0];  // NOLINT: an array of C.
  const std::string own = name_of(client_);
  std::vector<GroupMember> members;
  members.reserve(rd_kafka_ConsumerGroupDescription_member_count(&group));
  for (std::size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(&group); ++i) {
    members.push_back(read(*rd_kafka_ConsumerGroupDescription_member(&group, i), own));
  }
  if (std::ranges::any_of(members, &GroupMember::is_self)) {  // Else it is of before we joined.
    members_ = std::move(members);
  }
}

GroupMember GroupMembers::read(const rd_kafka_MemberDescription_t& member,
                               const std::string& own) const {
  GroupMember read{.name = rd_kafka_MemberDescription_consumer_id(&member)};
  read.is_self = read.name == own;
  read.assigned.resize(topics_.size());
  const rd_kafka_MemberAssignment_t* const assignment =
      rd_kafka_MemberDescription_assignment(&member);
  const rd_kafka_topic_partition_list_t* const partitions =
      assignment == nullptr ? nullptr : rd_kafka_MemberAssignment_partitions(assignment);
  for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = partitions->elems[i];  // NOLINT: an array of C.
    const auto topic = std::ranges::find(topics_, one.topic);
    if (topic != topics_.end()) {
      read.assigned[static_cast<std::size_t>(topic - topics_.begin())].insert(
          PartitionId(static_cast<std::uint32_t>(one.partition)));
    }
  }
  return read;
}

}  // namespace hapax::kafka
