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
#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "cluster/agreement.hpp"
#include "cluster/settings_proposal.hpp"
#include "cluster_role.hpp"
#include "declared_catalog.hpp"
#include "settings_flags.hpp"
#include "views/catalog/catalog_text.hpp"

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

/// Says what becomes of views, a line each.
void print_changes(const ViewCatalog& before, const ViewCatalog& after) {
  for (const CatalogView& view : after.views) {
    const CatalogView* const there = before.find(view.spec.name);
    if (there == nullptr) {
      fmt::print("new      {}: all events that the topics hold are counted into it\n",
                 view.spec.name);
    } else if (there->id != view.id) {
      fmt::print("changed  {}: it is counted anew, and cannot be read until that is done\n",
                 view.spec.name);
    } else if (view.retired_at && !there->retired_at) {
      fmt::print("retired  {}: nobody declares it; hapax cluster apply drops it in a week\n",
                 view.spec.name);
    } else if (*there != view) {
      fmt::print("kept     {}: it is declared again, or by somebody else\n", view.spec.name);
    }
  }
  for (const CatalogView& view : before.views) {
    if (after.find(view.spec.name) == nullptr) {
      fmt::print("dropped  {}\n", view.spec.name);
    }
  }
}

Result<ViewCatalog> next_catalog(const ViewCatalog& holds,
                                 const std::vector<DeclaredView>& counted) {
  const ProcessingTime now = SystemClock().now();
  HAPAX_ASSIGN(const ViewCatalog next, with_declared(holds, counted, now));
  return without_expired(next, now);
}

Result<void> apply(const Settings& settings, const std::vector<DeclaredView>& declared) {
  HAPAX_ASSIGN(const KafkaSettings kafka, kafka_settings(settings, "apply"));
  PosixStorage storage;
  HAPAX_ASSIGN(const HashKey key, read_cluster_key(settings, storage));
  const std::vector<DeclaredView> counted = counted_by_cluster(declared);
  HAPAX_ASSIGN(ClusterSettings ours, settings_to_agree_on(settings, counted, key));
  const ClusterTopics topics = cluster_topics(settings);
  HAPAX_ASSIGN(const auto client, KafkaClient::open(kafka));
  HAPAX_ASSIGN(const auto control, client->open_topic(topics.control));
  HAPAX_ASSIGN(const auto events, open_topic(*client, topics.events, ours.event_partitions));
  ours.events_topic = events->id();
  ControlFollower follower(*control);
  const auto read_all = [&]() -> Result<bool> {
    HAPAX_TRY(follower.step());
    return follower.has_read_all();
  };
  HAPAX_TRY(step_until_done(read_all, *client, kHeardWithin));
  const ClusterSettings holds = follower.state().settings().newest();
  if (holds.epoch == SettingsEpoch(0)) {
    return Error{ErrorKind::kInvalid, "no role of this cluster has started yet",
                 "the first one says what holds: start it with this configuration"};
  }
  HAPAX_TRY(check_agreement(ours, holds));
  HAPAX_ASSIGN(const ViewCatalog before, decode_catalog(holds.views));
  HAPAX_ASSIGN(const ViewCatalog after, next_catalog(before, counted));
  if (after == before) {
    fmt::print("nothing to change: the cluster has the {} views that are declared\n",
               after.views.size());
    return {};
  }
  ClusterSettings next = holds;
  next.views = encode_catalog(after);
  if (next.views.size() > kafka.record_bytes_max / 2) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("the views that are declared take {} bytes, more than the topic of "
                             "control has room for",
                             next.views.size()),
                 "declare fewer, or shorter ones"};
  }
  SettingsProposal proposal(std::move(next), *control, follower);
  HAPAX_TRY(step_until_done([&] { return proposal.step(); }, *client, kHeardWithin));
  print_changes(before, after);
  return {};
}

int report_of(const Result<void>& done) {
  return done ? 0 : report(done.error());
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
    exit_code = report_of(create(loaded->settings));
  });
  auto* applying = cluster->add_subcommand(
      "apply", "Bring the views of a cluster that runs to those that are declared here.");
  applying->footer(
      "Its roles take them up at once, without a restart: what is new is counted from what the "
      "topics hold.\n"
      "Example:\n"
      "  hapax cluster apply --config hapax.toml --kafka-brokers kafka1:9092 --dedup-scope "
      "exact\n");
  applying->callback([flags = add_settings_flags(*applying), &exit_code] {
    const auto declared = load_all(*flags);
    exit_code = declared ? report_of(apply(declared->loaded.settings, declared->views))
                         : report(declared.error());
  });
}

}  // namespace hapax
