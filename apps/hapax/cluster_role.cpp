// SPDX-License-Identifier: Apache-2.0
#include "cluster_role.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>

#include "adapters/posix/key_file.hpp"
#include "cluster/agreement.hpp"
#include "files/whole_file.hpp"
#include "views/catalog/catalog_text.hpp"

namespace hapax {
namespace {

constexpr std::size_t kKeyBytesMax = 256;
constexpr std::chrono::milliseconds kPause{20};

/// Two processes of one machine listen on different ports.
std::string node_of(const Settings& settings) {
  if (!settings.cluster_node.empty()) {
    return settings.cluster_node;
  }
  std::string node = fmt::format("{}-{}", machine_name(), settings.listen);
  if (settings.listen.ends_with(":0")) {
    node += fmt::format("-{}", ::getpid());
  }
  return node;
}

Result<std::optional<HashKey>> find_key(const Settings& settings, Storage& storage) {
  HAPAX_ASSIGN(const auto text,
               read_whole_file_if_there(storage, settings.cluster_key_file, kKeyBytesMax));
  if (!text) {
    return std::optional<HashKey>();
  }
  const auto key = parse_key(*text);
  if (!key) {
    return Error{ErrorKind::kCorrupt, fmt::format("{} holds no key", settings.cluster_key_file),
                 "copy it from another machine of the cluster"};
  }
  return std::optional(*key);
}

Error no_scope() {
  return Error{
      ErrorKind::kInvalid,
      "dedup.scope is not set: a cluster must be told where an id counts once, since results "
      "depend "
      "on it",
      "exact: once in the cluster, for two more appends of each event (about 80 bytes) and two "
      "more "
      "round trips to the brokers before it is counted; partition: once in each partition of "
      "events, at no such price, but what comes under one id from two users counts twice"};
}

}  // namespace

std::string machine_name() {
  std::array<char, 256> machine{};
  ::gethostname(machine.data(), machine.size() - 1);
  return machine.data();
}

ClusterTopics cluster_topics(const Settings& settings) {
  const std::string& prefix = settings.kafka_topics_prefix;
  return {.events = prefix + ".events",
          .claims = prefix + ".claims",
          .verdicts = prefix + ".verdicts",
          .control = prefix + ".control"};
}

Result<KafkaSettings> kafka_settings(const Settings& settings, std::string_view role) {
  if (settings.kafka_brokers.empty()) {
    return Error{ErrorKind::kInvalid,
                 "kafka.brokers is not set: the roles of a cluster share topics "
                 "of Kafka",
                 "for example kafka.brokers = \"kafka1:9092,kafka2:9092\"; one machine alone needs "
                 "none: hapax serve"};
  }
  KafkaSettings kafka{
      .brokers = settings.kafka_brokers,
      .name = fmt::format("{}.{}.{}", settings.cluster_name, role, node_of(settings))};
  kafka.properties = settings.kafka_properties;
  kafka.append_timeout = settings.kafka_append_timeout;
  kafka.accept_unreplicated = settings.kafka_accept_unreplicated;
  kafka.log = [](const std::string& line) { spdlog::info("msg=\"Kafka.\" line=\"{}\"", line); };
  return kafka;
}

Result<HashKey> read_cluster_key(const Settings& settings, Storage& storage) {
  HAPAX_ASSIGN(const auto key, find_key(settings, storage));
  if (!key) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("there is no {}, the secret key of the cluster's ids "
                             "(cluster.key_file)",
                             settings.cluster_key_file),
                 "copy it from the machine where `hapax cluster create` was run, for example with "
                 "scp; all machines have the same one, and nobody else"};
  }
  return *key;
}

Result<bool> make_cluster_key(const Settings& settings, Storage& storage, Random& random) {
  HAPAX_ASSIGN(const auto there, find_key(settings, storage));
  if (there) {
    return false;
  }
  HashKey made;
  for (unsigned char& byte : made.bytes) {
    byte = static_cast<unsigned char>(random.next());
  }
  const std::filesystem::path path(settings.cluster_key_file);
  const std::string directory = path.has_parent_path() ? path.parent_path().string() : ".";
  HAPAX_TRY(storage.create_directories(directory));
  HAPAX_TRY(write_whole_file(storage, directory, path.filename().string(), to_text(made) + "\n"));
  return true;
}

Result<ClusterSettings> settings_to_agree_on(const Settings& settings,
                                             const std::vector<DeclaredView>& counted,
                                             const HashKey& key) {
  if (settings.dedup_scope.empty()) {
    return no_scope();
  }
  HAPAX_ASSIGN(const ViewCatalog catalog, with_declared({}, counted, {}));
  const bool is_exact = settings.dedup_scope == kScopeExact;
  return ClusterSettings{
      .dedup_window = settings.dedup_window,
      .dedup_scope = is_exact ? DedupScope::kExact : DedupScope::kPartition,
      .missed_sample = is_exact ? 0 : static_cast<std::uint32_t>(settings.missed_sample_millionths),
      .out_of_order_bound = settings.out_of_order_bound,
      .idle_timeout = settings.idle_timeout,
      .key_id = IdHasher(key).key_id(),
      .event_partitions = static_cast<std::uint32_t>(settings.cluster_partitions),
      .claim_partitions = static_cast<std::uint32_t>(settings.cluster_claim_partitions),
      .views = encode_catalog(catalog)};
}

Result<void> say_if_views_differ(const std::vector<DeclaredView>& counted,
                                 const ViewCatalog& holds) {
  HAPAX_ASSIGN(const ViewCatalog wanted, with_declared(holds, counted, {}));
  if (wanted != holds) {
    spdlog::warn(
        "msg=\"The views that are declared here are not those of the cluster, which hold. hapax "
        "cluster apply, with this configuration, brings it to them.\"");
  }
  return {};
}

Result<std::unique_ptr<Topic>> open_topic(KafkaClient& client, const std::string& name,
                                          std::uint32_t partitions) {
  HAPAX_ASSIGN(auto topic, client.open_topic(name));
  if (topic->partition_count() != partitions) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("topic {} has {} partitions, and the cluster was made with {}", name,
                             topic->partition_count(), partitions),
                 "docs/kafka.md: their number must not be changed"};
  }
  return topic;
}

Result<std::unique_ptr<KafkaTopicWatch>> watch_topics(const Settings& settings,
                                                      const KafkaSettings& kafka,
                                                      const KafkaClient& client) {
  return KafkaTopicWatch::open(
      kafka, client.marks(),
      {.interval = settings.kafka_check_interval, .log = [](const std::string& what) {
         spdlog::warn("msg=\"Topics were looked at.\" found=\"{}\"", what);
       }});
}

TopicsMetrics metrics_of(const KafkaTopicWatch& topics) {
  const KafkaTopicWatchStats stats = topics.stats();
  return {.are_right = !topics.trouble(), .looks = stats.looks, .unanswered = stats.unanswered};
}

Result<void> step_until_done(const std::function<Result<bool>()>& step, TopicCallbacks& callbacks,
                             std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  Error last{ErrorKind::kUnavailable, "the topic of control does not answer",
             "look at the brokers, and try again"};
  while (std::chrono::steady_clock::now() < end) {
    callbacks.wait(kPause);
    callbacks.run_callbacks();
    const Result<bool> done = step();
    if (done && *done) {
      return {};
    }
    if (!done && !may_be_retried(done.error())) {
      return done.error();
    }
    if (!done) {
      last.message = "the topic of control does not answer: " + done.error().message;
    }
  }
  return last;
}

Result<void> agree(const ClusterSettings& ours, Topic& control, ControlFollower& follower,
                   TopicCallbacks& callbacks, std::chrono::milliseconds patience) {
  Agreement agreement(ours, control, follower);
  return step_until_done([&] { return agreement.step(); }, callbacks, patience);
}

}  // namespace hapax
