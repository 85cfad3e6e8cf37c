// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/kafka_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/kafka/conf.hpp"
#include "adapters/kafka/group_members.hpp"
#include "adapters/kafka/handles.hpp"

namespace hapax {
namespace {

using namespace kafka;  // NOLINT: this file is one of its users.

Result<Conf> make_group_conf(const KafkaSettings& settings, const KafkaGroupSettings& group) {
  HAPAX_ASSIGN(Conf conf, make_conf(settings));
  const std::string timeout = std::to_string(group.session_timeout.count());
  const std::string heartbeat = std::to_string(group.session_timeout.count() / 5);
  HAPAX_TRY(set(conf.get(), "group.id", group.name));
  HAPAX_TRY(set(conf.get(), "partition.assignment.strategy", "cooperative-sticky"));
  HAPAX_TRY(set(conf.get(), "session.timeout.ms", timeout));
  HAPAX_TRY(set(conf.get(), "heartbeat.interval.ms", heartbeat));
  HAPAX_TRY(set(conf.get(), "enable.auto.commit", "false"));
  HAPAX_TRY(set(conf.get(), "enable.auto.offset.store", "false"));
  HAPAX_TRY(set(conf.get(), "auto.offset.reset", "error"));
  rd_kafka_conf_set_events(
      conf.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_OFFSET_COMMIT);
  return conf;
}

/// A member of the group.
class Member : public KafkaGroup {
 public:
  explicit Member(KafkaGroupSettings group)
      : group_(std::move(group)), assigned_(group_.topics.size()) {}
  ~Member() override;

  Result<void> join(const KafkaSettings& settings);
  Result<void> poll() override;
  const std::vector<std::set<PartitionId>>& assigned() const override { return assigned_; }
  const std::vector<GroupMember>& members() const override { return members_->now(); }
  void commit(std::size_t topic, PartitionId partition, Offset offset) override;

 private:
  void rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t& partitions);
  template <typename Change>
  void change(const rd_kafka_topic_partition_list_t& partitions, Change change);

  const KafkaGroupSettings group_;
  Handle handle_;
  Queue events_;
  std::unique_ptr<GroupMembers> members_;
  std::vector<std::set<PartitionId>> assigned_;
};

Result<void> Member::join(const KafkaSettings& settings) {
  HAPAX_ASSIGN(Conf conf, make_group_conf(settings, group_));
  HAPAX_ASSIGN(handle_, make_handle(RD_KAFKA_CONSUMER, std::move(conf), settings));
  rd_kafka_poll_set_consumer(handle_.get());
  events_.reset(rd_kafka_queue_get_consumer(handle_.get()));
  members_ = std::make_unique<GroupMembers>(*handle_, group_.name, group_.topics);
  const Partitions topics(rd_kafka_topic_partition_list_new(1));
  for (const std::string& topic : group_.topics) {
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (const auto error = rd_kafka_subscribe(handle_.get(), topics.get()); error != 0) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("Kafka group {}: {}", group_.name, rd_kafka_err2str(error))};
  }
  return {};
}

Member::~Member() {
  if (handle_) {
    events_.reset();
    members_.reset();
    rd_kafka_consumer_close(handle_.get());
  }
}

Result<void> Member::poll() {
  members_->poll();
  Result<void> outcome;
  while (const Event event{rd_kafka_queue_poll(events_.get(), 0)}) {
    switch (rd_kafka_event_type(event.get())) {
      case RD_KAFKA_EVENT_REBALANCE:
        rebalance(rd_kafka_event_error(event.get()),
                  *rd_kafka_event_topic_partition_list(event.get()));
        break;
      case RD_KAFKA_EVENT_ERROR:
        outcome =
            Error{ErrorKind::kUnavailable, fmt::format("Kafka group {}: {}", group_.name,
                                                       rd_kafka_event_error_string(event.get()))};
        break;
      default:  // A record that came before its partition was paused, or a commit.
        break;
    }
  }
  return outcome;
}

/// Nothing is fetched: each is paused, and begins where nothing is yet.
void Member::rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t& partitions) {
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    for (int i = 0; i < partitions.cnt; ++i) {
      partitions.elems[i].offset = RD_KAFKA_OFFSET_END;  // NOLINT: an array of C.
    }
    const Failure failure(rd_kafka_incremental_assign(handle_.get(), &partitions));
    rd_kafka_pause_partitions(handle_.get(), &partitions);
    change(partitions, [](auto& set, PartitionId id) { set.insert(id); });
  } else {
    const Failure failure(rd_kafka_incremental_unassign(handle_.get(), &partitions));
    change(partitions, [](auto& set, PartitionId id) { set.erase(id); });
  }
}

template <typename Change>
void Member::change(const rd_kafka_topic_partition_list_t& partitions, Change change) {
  for (int i = 0; i < partitions.cnt; ++i) {
    const rd_kafka_topic_partition_t& one = partitions.elems[i];  // NOLINT: an array of C.
    const auto topic = std::ranges::find(group_.topics, one.topic);
    if (topic != group_.topics.end()) {
      change(assigned_[static_cast<std::size_t>(topic - group_.topics.begin())],
             PartitionId(static_cast<std::uint32_t>(one.partition)));
    }
  }
}

void Member::commit(std::size_t topic, PartitionId partition, Offset offset) {
  const Partitions offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), group_.topics[topic].c_str(),
                                    static_cast<std::int32_t>(partition.value()))
      ->offset = static_cast<std::int64_t>(offset.value());
  rd_kafka_commit(handle_.get(), offsets.get(), 1);
}

}  // namespace

Result<std::unique_ptr<KafkaGroup>> KafkaGroup::open(const KafkaSettings& settings,
                                                     KafkaGroupSettings group) {
  auto member = std::make_unique<Member>(std::move(group));
  HAPAX_TRY(member->join(settings));
  return std::unique_ptr<KafkaGroup>(std::move(member));
}

}  // namespace hapax
