// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/kafka_topic_check.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/kafka/topic_asker.hpp"

namespace hapax {
namespace {

using Facts = KafkaTopicFacts;

std::string_view setting(const Facts& facts, const std::string& name) {
  const auto found = facts.settings.find(name);
  return found == facts.settings.end() ? std::string_view("unknown") : found->second;
}

std::optional<std::int64_t> number(const Facts& facts, const std::string& name) {
  const std::string_view text = setting(facts, name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

Error refused(const Facts& facts, const std::string& name, std::string_view why,
              std::string_view wanted) {
  return Error{ErrorKind::kInvalid,
               fmt::format("topic {}: {} is {}: {}", facts.name, name, setting(facts, name), why),
               fmt::format("set it to {}", wanted)};
}

Result<void> must_be(const Facts& facts, const std::string& name, std::string_view wanted,
                     std::string_view why) {
  if (setting(facts, name) != wanted) {
    return refused(facts, name, why, wanted);
  }
  return {};
}

Result<void> check_replicas(const Facts& facts, const KafkaSettings& settings) {
  if (settings.accept_unreplicated) {
    return {};
  }
  for (std::size_t i = 0; i < facts.partitions.size(); ++i) {
    if (facts.partitions[i].replicas < KafkaTopicCheck::kReplicasMin) {
      return Error{
          ErrorKind::kInvalid,
          fmt::format("topic {}: partition {} has {} replicas, fewer than {}: a machine that is "
                      "lost may take acknowledged events with it",
                      facts.name, i, facts.partitions[i].replicas, KafkaTopicCheck::kReplicasMin),
          "give it more, or accept that with kafka.accept_unreplicated"};
    }
  }
  const auto in_sync = number(facts, "min.insync.replicas");
  if (!in_sync || *in_sync < static_cast<std::int64_t>(KafkaTopicCheck::kInSyncMin)) {
    return refused(facts, "min.insync.replicas", "what is acknowledged may be on one machine alone",
                   std::to_string(KafkaTopicCheck::kInSyncMin));
  }
  return {};
}

Result<void> check_size(const Facts& facts, const KafkaSettings& settings) {
  const auto largest = number(facts, "max.message.bytes");
  const std::size_t needed = settings.record_bytes_max + kKafkaRecordOverheadBytes;
  if (!largest || *largest < static_cast<std::int64_t>(needed)) {
    return refused(facts, "max.message.bytes", "it refuses records that we take",
                   fmt::format("{} or more", needed));
  }
  return {};
}

Result<void> check_topic(const Facts& facts, const KafkaTopicMark& before) {
  if (facts.id != before.id) {
    return Error{ErrorKind::kCorrupt,
                 fmt::format("topic {} is another one: its id is {}, and it was {}", facts.name,
                             facts.id, before.id),
                 "it was deleted and made again: what was in it is gone, and nothing goes on by "
                 "itself; see docs/kafka.md"};
  }
  if (facts.partitions.size() != before.ends.size()) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("topic {} has {} partitions, and it had {}", facts.name,
                             facts.partitions.size(), before.ends.size()),
                 "their number must not be changed but by a plan: see docs/kafka.md"};
  }
  return {};
}

Result<void> check_ends(const Facts& facts, const KafkaTopicMark& before) {
  for (std::size_t i = 0; i < facts.partitions.size(); ++i) {
    if (facts.partitions[i].end < before.ends[i]) {
      return Error{
          ErrorKind::kCorrupt,
          fmt::format("topic {}: partition {} ends at offset {}, and it ended at {}: records that "
                      "were durable are gone",
                      facts.name, i, facts.partitions[i].end.value(), before.ends[i].value()),
          "see docs/kafka.md"};
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<KafkaTopicCheck>> KafkaTopicCheck::open(KafkaSettings settings) {
  std::unique_ptr<KafkaTopicCheck> check(new KafkaTopicCheck(std::move(settings)));
  HAPAX_ASSIGN(check->asker_, kafka::TopicAsker::open(check->settings_));
  return check;
}

KafkaTopicCheck::KafkaTopicCheck(KafkaSettings settings) : settings_(std::move(settings)) {}
KafkaTopicCheck::~KafkaTopicCheck() = default;

void KafkaTopicCheck::stop() {
  asker_->stop();
}

Result<KafkaTopicFacts> KafkaTopicCheck::look(const std::string& topic) {
  Facts facts;
  facts.name = topic;
  HAPAX_TRY(asker_->describe(facts));
  HAPAX_TRY(asker_->settings(facts));
  // The ends first: what is deleted meanwhile must not make a start that is behind an end.
  HAPAX_TRY(asker_->ends(facts));
  HAPAX_TRY(asker_->starts(facts));
  return facts;
}

Result<Facts> KafkaTopicCheck::look_again(const KafkaTopicMark& before) {
  Facts facts;
  facts.name = before.name;
  HAPAX_TRY(asker_->describe(facts));
  HAPAX_TRY(check_topic(facts, before));
  HAPAX_TRY(asker_->ends(facts));
  HAPAX_TRY(check_ends(facts, before));
  HAPAX_TRY(asker_->starts(facts));
  HAPAX_TRY(asker_->settings(facts));
  return facts;
}

Result<void> KafkaTopicCheck::check_settings(const Facts& facts, const KafkaSettings& settings) {
  HAPAX_TRY(must_be(facts, "message.timestamp.type", "LogAppendTime",
                    "the time when the broker took a record is not stored with it"));
  HAPAX_TRY(must_be(facts, "cleanup.policy", "delete", "records are removed by their keys"));
  HAPAX_TRY(must_be(facts, "retention.ms", "-1",
                    "records are deleted by their age, whether or not they were read"));
  HAPAX_TRY(must_be(facts, "retention.bytes", "-1",
                    "records are deleted when there are many, whether or not they were read"));
  HAPAX_TRY(must_be(facts, "unclean.leader.election.enable", "false",
                    "a replica that lacks acknowledged records may become the only one"));
  HAPAX_TRY(check_size(facts, settings));
  return check_replicas(facts, settings);
}

Result<void> KafkaTopicCheck::check_same(const Facts& facts, const KafkaTopicMark& before) {
  HAPAX_TRY(check_topic(facts, before));
  return check_ends(facts, before);
}

KafkaTopicMark KafkaTopicCheck::mark(const Facts& facts) {
  KafkaTopicMark made{.name = facts.name, .id = facts.id, .ends = {}};
  for (const Facts::Partition& partition : facts.partitions) {
    made.ends.push_back(partition.end);
  }
  return made;
}

}  // namespace hapax
