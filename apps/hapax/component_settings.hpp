// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/http/http_server.hpp"
#include "adapters/local_log/local_log.hpp"
#include "adapters/postgres/settings.hpp"
#include "api/api.hpp"
#include "arrival/clock_keeper.hpp"
#include "collector/collector.hpp"
#include "config/load.hpp"
#include "config/settings.hpp"
#include "processing/processor_settings.hpp"
#include "published/views/published_views.hpp"
#include "read/view_reads.hpp"

namespace hapax {

/// The settings of each component, out of the operator's.
HttpServerSettings http_settings(const Settings& settings, const ListenAddress& listen);
CollectorSettings collector_settings(const Settings& settings);
ApiSettings api_settings(const Settings& settings);
ViewReadsSettings view_reads_settings(const Settings& settings);
PublishedViewsSettings published_views_settings(const Settings& settings);
LocalLogSettings log_settings(const Settings& settings);
ClockKeeperSettings clock_settings(const Settings& settings);
ProcessorSettings processor_settings(const Settings& settings);
PostgresSettings postgres_settings(const Settings& settings);

}  // namespace hapax
