// SPDX-License-Identifier: Apache-2.0
#include "process_server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "adapters/http/http_server.hpp"
#include "adapters/kafka/kafka_client.hpp"
#include "adapters/kafka/kafka_group.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "adapters/postgres/postgres_view_store.hpp"
#include "adapters/rocksdb/rocksdb_portable.hpp"
#include "api/process_api.hpp"
#include "cluster_role.hpp"
#include "component_settings.hpp"
#include "declared_catalog.hpp"
#include "listen_address.hpp"
#include "metrics_page.hpp"
#include "object_stores.hpp"
#include "partition/side_thread.hpp"
#include "process_loop.hpp"
#include "server_parts.hpp"
#include "topology_json.hpp"
#include "views/catalog/catalog_text.hpp"

namespace hapax {
namespace {

/// Of agreeing with the cluster at a start.
constexpr std::chrono::seconds kAgreeWithin{30};
/// Goes with each state that is kept.
constexpr std::size_t kManifestBytesMax = std::size_t{256} << 10U;
/// A process may have many partitions, each with filters of its own in memory.
constexpr std::uint64_t kOwnBucketIdsMin = 1U << 16U;

/// Of a process that was killed: they are copies, and are fetched again.
void remove_former_states(const std::string& folder) {
  std::error_code ignored;  // What cannot be removed takes room, and nothing else.
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("events-") || name.starts_with("claims-")) {
      std::filesystem::remove_all(entry.path(), ignored);
    }
  }
}

}  // namespace

class ProcessServer::Impl {
 public:
  Result<void> start(const Settings& settings, const std::vector<DeclaredView>& views) {
    HAPAX_ASSIGN(const auto listen, parse_listen(settings.listen));
    HAPAX_ASSIGN(listen_, resolve(listen));
    HAPAX_ASSIGN(kafka_, kafka_settings(settings, "process"));
    HAPAX_ASSIGN(const HashKey key, read_cluster_key(settings, storage_));
    const std::vector<DeclaredView> counted = counted_by_cluster(views);
    HAPAX_ASSIGN(const ClusterSettings ours, settings_to_agree_on(settings, counted, key));
    HAPAX_TRY(open_topics(settings, ours));
    HAPAX_ASSIGN(const ViewCatalog holds,
                 decode_catalog(follower_->state().settings().newest().views));
    HAPAX_TRY(say_if_views_differ(counted, holds));
    HAPAX_ASSIGN(sql_views_, sql_views(settings.sql_views, holds));
    HAPAX_ASSIGN(objects_, open_objects(settings, storage_, clock_, random_));
    HAPAX_ASSIGN(views_, PostgresViewStore::open(postgres_settings(settings), random_));
    HAPAX_TRY(storage_.create_directories(settings.process_state_dir));
    HAPAX_ASSIGN(lock_, storage_.lock(settings.process_state_dir + "/process.lock"));
    remove_former_states(settings.process_state_dir);
    ApiSettings api = api_settings(settings);
    api_.emplace(Gate(std::move(api.gate), KeyRing(api.keys.read, api.keys.event, api.keys.admin)),
                 ProcessApi::Parts{.why_not_ready = [this] { return why_not_ready(); },
                                   .topology = [this] { return topology_json(loop_->status()); },
                                   .metrics = [this] { return metrics(); },
                                   .hot =
                                       [this](const std::string& after, HotFeed::Answer answer) {
                                         hot_.ask(parse_hot_place(after), std::move(answer));
                                       }});
    HAPAX_ASSIGN(http_, HttpServer::bind(bounded_http_settings(settings, listen_), *api_, clock_));
    start_counting(settings, ours, key);
    http_->serve();
    return {};
  }

  std::string url() const { return "http://" + authority_of(listen_, http_->port()); }

  void stop() {
    hot_.stop();
    if (http_) {
      http_->stop();
    }
    if (loop_) {
      loop_->stop();
    }
    group_.reset();
  }

 private:
  Result<void> open_topics(const Settings& settings, ClusterSettings ours) {
    const ClusterTopics names = cluster_topics(settings);
    HAPAX_ASSIGN(client_, KafkaClient::open(*kafka_));
    HAPAX_ASSIGN(control_, client_->open_topic(names.control));
    HAPAX_ASSIGN(events_, open_topic(*client_, names.events, ours.event_partitions));
    ours.events_topic = events_->id();
    follower_.emplace(*control_);
    HAPAX_TRY(agree(ours, *control_, *follower_, *client_, kAgreeWithin));
    HAPAX_ASSIGN(claims_, open_topic(*client_, names.claims, ours.claim_partitions));
    HAPAX_ASSIGN(verdicts_, open_topic(*client_, names.verdicts, ours.event_partitions));
    HAPAX_ASSIGN(group_,
                 KafkaGroup::open(*kafka_, {.name = settings.cluster_name + ".process",
                                            .topics = {names.events, names.claims},
                                            .session_timeout = settings.process_session_timeout}));
    HAPAX_ASSIGN(topics_, watch_topics(settings, *kafka_, *client_));
    return {};
  }

  void start_counting(const Settings& settings, const ClusterSettings& ours, const HashKey& key) {
    const ProcessorSettings processing = processor_settings(settings);
    RunnerSettings running;
    running.counted = {.results = processing.results,
                       .view = processing.view,
                       .id_key = key,
                       .hash_seed = random_.next(),
                       .owner = advertised_url(settings),
                       .sql_views = sql_views_};
    running.dedup = processing.dedup;
    running.dedup.hash_seed = running.counted.hash_seed;
    running.counted.dedup = running.dedup;
    running.counted.dedup.bucket_ids_min = kOwnBucketIdsMin;
    running.owner.dedup_scope = ours.dedup_scope;
    running.owner.missed_sample = ours.missed_sample;
    running.stands_by = settings.process_standby_judges;
    running.save_interval = settings.process_save_interval;
    running.collector_timeout = settings.process_collector_timeout;
    running.retention = settings.cluster_retention;
    auto runner = std::make_unique<PartitionRunner>(
        std::move(running),
        PartitionRunner::Parts{
            .events = *events_,
            .claims = *claims_,
            .verdicts = *verdicts_,
            .control = *control_,
            .follower = *follower_,
            .objects = *objects_,
            .views = *views_,
            .side = side_,
            .group = *group_,
            .trouble = *topics_,
            .catalog = catalog_,
            .random = random_,
            .clock = clock_,
            .make_store =
                [folder = settings.process_state_dir, made = 0U](const std::string& state) mutable {
                  return std::make_unique<RocksdbPortable>(
                      fmt::format("{}/{}.{}", folder, state, ++made),
                      RocksdbSettings{.manifest_bytes_max = kManifestBytesMax});
                },
            .log = [](const std::string& what) { spdlog::warn("msg=\"{}\"", what); },
            .hot = &hot_});
    loop_.emplace(
        ProcessLoop::Parts{
            .topics = *client_, .objects = *objects_, .views = *views_, .side = side_},
        std::move(runner));
  }

  /// One that listens on all addresses is reached by its machine's name.
  std::string advertised_url(const Settings& settings) const {
    if (!settings.process_advertise_url.empty()) {
      return settings.process_advertise_url;
    }
    const bool is_any = listen_.address == "0.0.0.0" || listen_.address == "::";
    return is_any ? fmt::format("http://{}:{}", machine_name(), http_->port()) : url();
  }

  std::string why_not_ready() const {
    if (const TopicTrouble::Trouble trouble = topics_->trouble()) {
      return trouble.why;
    }
    const ProcessStatus status = loop_->status();
    if (!status.trouble.empty()) {
      return status.trouble;
    }
    if (status.events.empty() && status.claims.empty()) {
      return "no partition is this process's: it has not joined its group yet, or there are more "
             "processes than partitions";
    }
    for (const auto& [name, owned] :
         {std::pair("events", &status.events), std::pair("claims", &status.claims)}) {
      for (const OwnedPartition& one : *owned) {
        if (!one.error.empty()) {
          return fmt::format("{} partition {}: {}", name, one.partition.value(), one.error);
        }
        if (one.is_full) {
          return fmt::format(
              "{} partition {}: no more is read, since {} MiB wait for verdicts or for a state "
              "that "
              "is kept",
              name, one.partition.value(), one.held_bytes >> 20U);
        }
        if (!one.is_restored) {
          return fmt::format("the state of {} partition {} is being fetched", name,
                             one.partition.value());
        }
      }
    }
    return {};
  }

  std::string metrics() const {
    return process_metrics_page(
        {.http = http_->stats(), .status = loop_->status(), .topics = metrics_of(*topics_)});
  }

  // In the order of their making: each may use those above it.
  ListenAddress listen_;
  PosixStorage storage_;
  SystemClock clock_;
  SystemRandom random_;
  HotFeed hot_{{}, random_.next(), clock_};
  std::unique_ptr<File> lock_;  // On process.state_dir.
  std::optional<KafkaSettings> kafka_;
  ClusterCatalog catalog_{[](const std::string& what) { spdlog::error("msg=\"{}\"", what); }};
  std::optional<std::vector<std::string>> sql_views_;
  std::unique_ptr<KafkaClient> client_;
  std::unique_ptr<Topic> control_;
  std::optional<ControlFollower> follower_;
  std::unique_ptr<Topic> events_;
  std::unique_ptr<Topic> claims_;
  std::unique_ptr<Topic> verdicts_;
  std::unique_ptr<KafkaGroup> group_;
  std::unique_ptr<KafkaTopicWatch> topics_;
  std::unique_ptr<PolledObjectStore> objects_;
  std::unique_ptr<PostgresViewStore> views_;
  SideThread side_;
  std::optional<ProcessLoop> loop_;
  std::optional<ProcessApi> api_;
  std::unique_ptr<HttpServer> http_;
};

ProcessServer::ProcessServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ProcessServer::~ProcessServer() {
  stop();
}

Result<std::unique_ptr<ProcessServer>> ProcessServer::start(
    const Settings& settings, const std::vector<DeclaredView>& views) {
  std::unique_ptr<ProcessServer> server(new ProcessServer(std::make_unique<Impl>()));
  HAPAX_TRY(server->impl_->start(settings, views));
  return server;
}

std::string ProcessServer::url() const {
  return impl_->url();
}

void ProcessServer::stop() {
  impl_->stop();
}

}  // namespace hapax
