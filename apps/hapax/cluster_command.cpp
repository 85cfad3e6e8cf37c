// SPDX-License-Identifier: Apache-2.0
#include "cluster_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_topic_check.hpp"
#include "adapters/kafka/kafka_topic_maker.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_random.hpp"
#include "cluster_role.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

/// Brokers hear of a topic a moment after it was made.
constexpr std::chrono::seconds kHeardWithin{20};
constexpr std::chrono::milliseconds kPause{100};

std::vector<KafkaTopicPlan> plans(const Settings& settings) {
  const ClusterTopics topics = cluster_topics(settings);
  const auto replicas = static_cast<std::uint32_t>(settings.kafka_replicas);
  const auto events = static_cast<std::uint32_t>(settings.cluster_partitions);
  const auto claims = static_cast<std::uint32_t>(settings.cluster_claim_partitions);
  return {{topics.events, events, replicas},
          {topics.claims, claims, replicas},
          {topics.verdicts, events, replicas},
          {topics.control, 1, replicas}};
}

Result<KafkaTopicFacts> look(KafkaTopicCheck& check, const KafkaTopicPlan& plan, bool is_new) {
  const auto end = std::chrono::steady_clock::now() + kHeardWithin;
  for (;;) {
    auto facts = check.look(plan.name);
    if (facts || !is_new || std::chrono::steady_clock::now() >= end) {
      return facts;
    }
    std::this_thread::sleep_for(kPause);
  }
}

/// Makes it, or checks the one that is there. Returns what it is like.
Result<KafkaTopicFacts> make(const KafkaTopicPlan& plan, const KafkaSettings& kafka) {
  HAPAX_ASSIGN(const auto maker, KafkaTopicMaker::open(kafka));
  HAPAX_ASSIGN(const bool is_new, maker->make(plan));
  HAPAX_ASSIGN(const auto check, KafkaTopicCheck::open(kafka));
  HAPAX_ASSIGN(const auto facts, look(*check, plan, is_new));
  HAPAX_TRY(KafkaTopicCheck::check_settings(facts, kafka));
  if (facts.partitions.size() != plan.partitions) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("topic {} has {} partitions, and the settings say {}", plan.name,
                             facts.partitions.size(), plan.partitions),
                 "their number is for good: set cluster.partitions and cluster.claim_partitions to "
                 "what is there, or choose another kafka.topics_prefix"};
  }
  fmt::print("{} topic {}: {} partitions, {} replicas\n", is_new ? "made" : "found", plan.name,
             plan.partitions, facts.partitions.front().replicas);
  return facts;
}

/// A key that is not there is made but where a cluster runs already, with another one.
Result<void> make_key(const Settings& settings, bool is_in_use) {
  PosixStorage storage;
  SystemRandom random;
  if (is_in_use) {
    HAPAX_TRY(read_cluster_key(settings, storage));
    fmt::print("found key {}\n", settings.cluster_key_file);
    return {};
  }
  HAPAX_ASSIGN(const bool is_new, make_cluster_key(settings, storage, random));
  fmt::print("{} key {}: copy it to every machine of the cluster, and keep it with every backup\n",
             is_new ? "made" : "found", settings.cluster_key_file);
  return {};
}

Result<void> create(const Settings& settings) {
  HAPAX_ASSIGN(const KafkaSettings kafka, kafka_settings(settings, "create"));
  if (settings.kafka_replicas < KafkaTopicCheck::kReplicasMin && !kafka.accept_unreplicated) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("kafka.replicas is {}, fewer than {}: a machine that is lost may take "
                             "acknowledged events with it",
                             settings.kafka_replicas, KafkaTopicCheck::kReplicasMin),
                 "set it to 3, or accept that with kafka.accept_unreplicated"};
  }
  bool is_in_use = false;
  for (const KafkaTopicPlan& plan : plans(settings)) {
    HAPAX_ASSIGN(const KafkaTopicFacts facts, make(plan, kafka));
    const auto& first = facts.partitions.front();
    is_in_use =
        is_in_use || (plan.name == cluster_topics(settings).control && first.end > Offset(0));
  }
  return make_key(settings, is_in_use);
}

}  // namespace

void add_cluster_command(CLI::App& app, int& exit_code) {
  auto* cluster = app.add_subcommand("cluster", "What the roles of a cluster share.");
  cluster->require_subcommand(1);
  cluster->footer("Example:\n  hapax cluster create --kafka-brokers kafka1:9092\n");
  auto* making = cluster->add_subcommand(
      "create",
      "Make the topics and the key of a cluster, or check those that are there. May be repeated.");
  making->footer(
      "Examples:\n"
      "  hapax cluster create --kafka-brokers kafka1:9092,kafka2:9092\n"
      "  hapax cluster create --kafka-brokers localhost:9092 --kafka-replicas 1 "
      "--kafka-accept-unreplicated yes\n");
  making->callback([flags = add_settings_flags(*making), &exit_code] {
    const auto loaded = load(*flags);
    if (!loaded) {
      exit_code = report(loaded.error());
      return;
    }
    const auto made = create(loaded->settings);
    exit_code = made ? 0 : report(made.error());
  });
}

}  // namespace hapax
