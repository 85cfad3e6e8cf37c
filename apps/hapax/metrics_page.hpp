// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/http_server.hpp"
#include "adapters/local_log/local_log.hpp"
#include "alerts/alerts.hpp"
#include "api/api.hpp"
#include "collect/collection_appender.hpp"
#include "collector/collector.hpp"
#include "dedup/verdict_log.hpp"
#include "disk_space.hpp"
#include "ports/name_limit.hpp"
#include "process_status.hpp"
#include "processing/processor_settings.hpp"
#include "published/views/published_views.hpp"
#include "read/view_reads.hpp"

namespace hapax {

/// Of a server that takes events and counts them.
struct CountingMetrics {
  CollectorStats collector;
  LogStats log;
  bool log_writable = false;
  ProcessorStats processor;
  NameLimitStats names;
  StateStoreStats state;
  VerdictLogStats verdicts;
  ClockStatus clock;
  Result<DiskSpace> disk;  ///< With an error, its metrics are left out.
};

/// Everything that /metrics shows, as of one moment.
struct MetricsInput {
  std::vector<prometheus::MetricFamily> histograms;
  HttpServerStats http;
  ApiStats api;
  ViewReadsStats reads;
  Result<AuditReport> books;  ///< With an error, their metrics are left out.
  AlertsStats alerts;
  // What a role lacks is nothing, and left out.
  std::optional<CountingMetrics> counting = {};
  std::optional<PublishedViewsStats> published = {};
};

/// So many sources have metrics of their own; see ValuesBySource.
constexpr std::size_t kSourcesShownMax = 100;

/// The Prometheus text format. Names: <area>_<noun>_<unit>_total in base units.
std::string metrics_page(const MetricsInput& input);

/// Of the topics that a role uses: whether they were right when they were looked at last.
struct TopicsMetrics {
  bool are_right = true;
  std::uint64_t looks = 0;
  std::uint64_t unanswered = 0;  ///< Of these: a broker did not answer.
};

/// The same of a collector of a cluster.
struct CollectMetricsInput {
  std::vector<prometheus::MetricFamily> histograms;
  HttpServerStats http;
  CollectorStats collector;
  CollectionAppenderStats appender;
  TopicsMetrics topics;
};
std::string collect_metrics_page(const CollectMetricsInput& input);

/// The same of a process that owns partitions.
struct ProcessMetricsInput {
  HttpServerStats http;
  ProcessStatus status;
  TopicsMetrics topics;
};
std::string process_metrics_page(const ProcessMetricsInput& input);

}  // namespace hapax
