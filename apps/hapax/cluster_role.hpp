// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kafka/kafka_client.hpp"
#include "adapters/kafka/kafka_topic_watch.hpp"
#include "adapters/kafka/settings.hpp"
#include "cluster/control_follower.hpp"
#include "cluster/control_note.hpp"
#include "config/settings.hpp"
#include "core/result.hpp"
#include "hash/id_hasher.hpp"
#include "metrics_page.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"
#include "ports/topic.hpp"
#include "ports/topic_callbacks.hpp"
#include "views/catalog/catalog_change.hpp"

namespace hapax {

// What all roles of a cluster do alike.

/// Names of a cluster's topics.
struct ClusterTopics {
  std::string events;
  std::string claims;
  std::string verdicts;
  std::string control;
};
ClusterTopics cluster_topics(const Settings& settings);

/// As the system calls it.
std::string machine_name();

/// `role`: "collect", and so on: part of what the process is called at the brokers.
/// Errors: kInvalid, there are no brokers.
Result<KafkaSettings> kafka_settings(const Settings& settings, std::string_view role);

/// The secret key of ids, of cluster.key_file. Errors: kInvalid, there is none, with how to get it;
/// kCorrupt; those of the disk.
Result<HashKey> read_cluster_key(const Settings& settings, Storage& storage);
/// Makes one, durably, where there is none: else false. Errors: as above.
Result<bool> make_cluster_key(const Settings& settings, Storage& storage, Random& random);

/// What this role has to agree on with all others, but for the id of the topic of events.
/// `counted`: of the views that are declared, counted_by_cluster(). Errors: kInvalid, dedup.scope
/// is not said; those of with_declared().
Result<ClusterSettings> settings_to_agree_on(const Settings& settings,
                                             const std::vector<DeclaredView>& counted,
                                             const HashKey& key);
/// Logs it where those are not what `holds` in the cluster. Errors: those of with_declared().
Result<void> say_if_views_differ(const std::vector<DeclaredView>& counted,
                                 const ViewCatalog& holds);

/// A topic that must have so many partitions. Errors: kInvalid, it has others; those of
/// KafkaClient::open_topic().
Result<std::unique_ptr<Topic>> open_topic(KafkaClient& client, const std::string& name,
                                          std::uint32_t partitions);

/// Looks at the topics that `client` has opened, now and then from now on, and logs what it finds.
Result<std::unique_ptr<KafkaTopicWatch>> watch_topics(const Settings& settings,
                                                      const KafkaSettings& kafka,
                                                      const KafkaClient& client);

TopicsMetrics metrics_of(const KafkaTopicWatch& topics);

/// Steps, and runs callbacks, until `step` says true, for `patience` at most. Errors: kUnavailable,
/// it did not; those of `step` but for such as may be retried.
Result<void> step_until_done(const std::function<Result<bool>()>& step, TopicCallbacks& callbacks,
                             std::chrono::milliseconds patience);

/// Says them, or compares them with what holds, before the role does anything else: Agreement.
/// `follower`: of `control`; it has caught up then.
/// Waits for the brokers for `patience` at most. Errors: kInvalid, they differ; kUnavailable.
Result<void> agree(const ClusterSettings& ours, Topic& control, ControlFollower& follower,
                   TopicCallbacks& callbacks, std::chrono::milliseconds patience);

}  // namespace hapax
