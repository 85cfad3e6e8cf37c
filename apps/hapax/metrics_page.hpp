#pragma once

#include <string>

#include "adapters/http/http_server.hpp"
#include "adapters/local_log/local_log.hpp"
#include "api/api.hpp"
#include "collector/collector.hpp"
#include "processing/processor_settings.hpp"

namespace hapax {

/// Everything that /metrics shows, as of one moment.
struct MetricsInput {
  HttpServerStats http;
  ApiStats api;
  CollectorStats collector;
  LogStats log;
  bool log_writable = false;
  ProcessorStats processor;
  Result<AuditReport> books;  ///< With an error, their metrics are left out.
  StateStoreStats state;
  Microseconds clock_step;  ///< How far the wall clock is off, while it is not followed.
};

/// The Prometheus text format. Names: <area>_<noun>_<unit>_total in base units.
std::string metrics_page(const MetricsInput& input);

}  // namespace hapax
