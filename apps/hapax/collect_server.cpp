// SPDX-License-Identifier: Apache-2.0
#include "collect_server.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/http/http_server.hpp"
#include "adapters/kafka/kafka_client.hpp"
#include "adapters/posix/guarded_clock.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "api/collect_api.hpp"
#include "arrival/arrival_clock.hpp"
#include "assets/asset.hpp"
#include "cluster_role.hpp"
#include "collect/collection_appender.hpp"
#include "collector/collector.hpp"
#include "component_settings.hpp"
#include "declared_catalog.hpp"
#include "histograms.hpp"
#include "listen_address.hpp"
#include "metrics_page.hpp"
#include "ports/name_limit.hpp"
#include "server_parts.hpp"
#include "status_watch.hpp"

namespace hapax {
namespace {

/// Beside the JSON of an event, what its record has: ids, texts of the request, lengths.
constexpr std::size_t kRecordRest = std::size_t{64} << 10U;
/// Of leaving the cluster at a stop.
constexpr std::chrono::seconds kLeaveWithin{5};
/// Of agreeing with the cluster at a start.
constexpr std::chrono::seconds kAgreeWithin{30};

/// A report must fit into a record: it says something of each partition, and lists what is unknown,
/// which may be all that is on its way, and one request more (docs/formats/cluster.md).
std::size_t unsettled_max(std::size_t partitions, std::size_t records_of_request_max,
                          const KafkaSettings& kafka) {
  constexpr std::size_t kBytesOfPartition = 96;
  constexpr std::size_t kBytesOfUnknown = 40;
  const std::size_t listed =
      (kafka.record_bytes_max - kBytesOfPartition * partitions) / kBytesOfUnknown;
  return std::min(CollectionSettings().unsettled_max, listed - records_of_request_max - 1);
}

CollectionAppenderSettings appender_settings(const Settings& settings, const KafkaSettings& kafka) {
  CollectionAppenderSettings appender;
  appender.collections = {.collection = {},
                          .report_interval = settings.collect_report_interval,
                          .clock_limit = settings.collect_clock_limit,
                          .silence_max = 2 * settings.kafka_append_timeout};
  appender.queue_bytes_limit = settings.collect_queue_bytes_limit;
  appender.wait_max = settings.kafka_append_timeout;
  appender.record_bytes_max = kafka.record_bytes_max - 1024;  // The rest is its header's.
  appender.collections.collection.unsettled_max =
      unsettled_max(settings.cluster_partitions, appender.request_records_max, kafka);
  return appender;
}

/// An event must fit into a record of the topic, rejected or not.
CollectorSettings bounded_collector_settings(const Settings& settings,
                                             const CollectionAppenderSettings& appender) {
  CollectorSettings collector = collector_settings(settings);
  const std::size_t event_bytes_max = appender.record_bytes_max - kRecordRest;
  if (collector.event_bytes_limit > event_bytes_max) {
    spdlog::info(
        "msg=\"Events are smaller than collector.event_bytes_limit: they must fit into a record of "
        "the topic.\" event_bytes_max={}",
        event_bytes_max);
  }
  collector.event_bytes_limit = std::min(collector.event_bytes_limit, event_bytes_max);
  collector.original_bytes_limit = event_bytes_max;
  collector.batch_events_limit =
      std::min(collector.batch_events_limit, appender.request_records_max);
  return collector;
}

}  // namespace

class CollectServer::Impl {
 public:
  Result<void> start(const Settings& settings, const std::vector<DeclaredView>& views) {
    HAPAX_ASSIGN(const auto listen, parse_listen(settings.listen));
    HAPAX_ASSIGN(listen_, resolve(listen));
    HAPAX_ASSIGN(const KafkaSettings kafka, kafka_settings(settings, "collect"));
    HAPAX_ASSIGN(const HashKey key, read_cluster_key(settings, storage_));
    HAPAX_ASSIGN(ClusterSettings ours,
                 settings_to_agree_on(settings, counted_by_cluster(views), key));
    HAPAX_TRY(open_topics(settings, kafka, std::move(ours)));
    open_collector(settings, kafka, key);
    open_api(settings);
    HAPAX_ASSIGN(http_, HttpServer::bind(bounded_http_settings(settings, listen_), *api_, clock_));
    watch_.emplace([this] { return status(); });
    http_->serve();
    return {};
  }

  std::string url() const { return "http://" + authority_of(listen_, http_->port()); }

  /// From the outside in. What requests wait for is answered while HTTP stops.
  void stop() {
    if (http_) {
      http_->stop();
    }
    if (appender_ && !appender_->stop(kLeaveWithin)) {
      spdlog::warn(
          "msg=\"The cluster was not told that this collector leaves: it waits until it calls it "
          "gone.\"");
    }
    if (watch_) {
      watch_->stop();
    }
  }

 private:
  Result<void> open_topics(const Settings& settings, const KafkaSettings& kafka,
                           ClusterSettings ours) {
    const ClusterTopics topics = cluster_topics(settings);
    HAPAX_ASSIGN(client_, KafkaClient::open(kafka));
    HAPAX_ASSIGN(control_, client_->open_topic(topics.control));
    HAPAX_ASSIGN(events_, open_topic(*client_, topics.events, ours.event_partitions));
    ours.events_topic = events_->id();
    follower_.emplace(*control_);
    HAPAX_TRY(agree(ours, *control_, *follower_, *client_, kAgreeWithin));
    HAPAX_ASSIGN(topics_, watch_topics(settings, kafka, *client_));
    return {};
  }

  void open_collector(const Settings& settings, const KafkaSettings& kafka, const HashKey& key) {
    const CollectionAppenderSettings appending = appender_settings(settings, kafka);
    appender_.emplace(appending, CollectionAppender::Parts{.collections = {.events = *events_,
                                                                           .control = *control_,
                                                                           .follower = *follower_,
                                                                           .clock = clock_,
                                                                           .arrivals = arrivals_,
                                                                           .random = random_},
                                                           .callbacks = *client_,
                                                           .topics = *topics_});
    CollectorSettings collecting = bounded_collector_settings(settings, appending);
    collecting.id_key = key;
    collecting.partition_by = PartitionBy::kUser;
    collector_.emplace(std::move(collecting), *appender_, arrivals_, random_, names_);
  }

  void open_api(const Settings& settings) {
    ApiSettings api = api_settings(settings);
    api_.emplace(CollectApiSettings{.keys = std::move(api.keys), .gate = std::move(api.gate)},
                 CollectApi::Parts{.ingest = {.collector = *collector_,
                                              .clock = clock_,
                                              .ack_seconds = histograms_.api().ack_seconds},
                                   .log = *appender_,
                                   .assets = embedded_assets(),
                                   .metrics = [this] { return metrics(); }});
  }

  std::string metrics() const {
    return collect_metrics_page({.histograms = histograms_.collect(),
                                 .http = http_->stats(),
                                 .collector = collector_->stats(),
                                 .appender = appender_->stats(),
                                 .topics = metrics_of(*topics_)});
  }

  Status status() const {
    auto http = http_->stats();
    Status status;
    status.log_error = appender_->status().reason;
    status.clock_step = guarded_clock_.stepped();
    status.http_errors = http.errors;
    status.http_error = std::move(http.error_last);
    return status;
  }

  // In the order of their making: each may use those above it.
  ListenAddress listen_;
  PosixStorage storage_;
  SystemClock machine_clock_;
  GuardedClock guarded_clock_{machine_clock_};
  FlooredClock clock_{guarded_clock_};
  ArrivalClock arrivals_{clock_};
  SystemRandom random_;
  AnyName names_;
  Histograms histograms_;
  std::unique_ptr<KafkaClient> client_;
  std::unique_ptr<Topic> control_;
  std::optional<ControlFollower> follower_;
  std::unique_ptr<Topic> events_;
  std::unique_ptr<KafkaTopicWatch> topics_;
  std::optional<CollectionAppender> appender_;
  std::optional<Collector> collector_;
  std::optional<CollectApi> api_;
  std::unique_ptr<HttpServer> http_;
  std::optional<StatusWatch> watch_;
};

CollectServer::CollectServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CollectServer::~CollectServer() {
  stop();
}

Result<std::unique_ptr<CollectServer>> CollectServer::start(
    const Settings& settings, const std::vector<DeclaredView>& views) {
  // Owned from the start, so that a failure half way stops what runs already.
  std::unique_ptr<CollectServer> server(new CollectServer(std::make_unique<Impl>()));
  HAPAX_TRY(server->impl_->start(settings, views));
  return server;
}

std::string CollectServer::url() const {
  return impl_->url();
}

void CollectServer::stop() {
  impl_->stop();
}

}  // namespace hapax
