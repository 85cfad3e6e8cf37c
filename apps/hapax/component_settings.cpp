// SPDX-License-Identifier: Apache-2.0
#include "component_settings.hpp"

#include <algorithm>
#include <thread>

#include "version.hpp"

namespace hapax {
namespace {

/// So many threads, or half as many as there are cores.
std::size_t threads_or_half_the_cores(std::uint64_t threads) {
  return threads != 0 ? threads : std::max<std::size_t>(1, std::thread::hardware_concurrency() / 2);
}

}  // namespace

HttpServerSettings http_settings(const Settings& settings, const ListenAddress& listen) {
  HttpServerSettings http;
  http.address = listen.address;
  http.port = listen.port;
  http.threads = threads_or_half_the_cores(settings.http_threads);
  http.body_bytes_limit = settings.body_bytes_limit;
  http.body_bytes_in_flight_limit = settings.body_bytes_in_flight_limit;
  http.connections_limit = settings.connections_limit;
  http.rate = {
      .grace = settings.transfer_grace,
      .bytes_per_second_min = static_cast<std::int64_t>(settings.transfer_bytes_per_second_min)};
  return http;
}

CollectorSettings collector_settings(const Settings& settings) {
  CollectorSettings collector;
  collector.body_bytes_limit = settings.body_bytes_limit;
  collector.decoded_body_bytes_limit = settings.decoded_body_bytes_limit;
  collector.event_bytes_limit = settings.event_bytes_limit;
  collector.append_bytes_limit = kAppendBytesLimit;
  collector.batch_events_limit = settings.batch_events_limit;
  collector.clock_ahead_limit = settings.clock_ahead_limit;
  collector.write_keys = settings.write_keys;
  collector.sources_limit = settings.sources_limit;
  return collector;
}

ApiSettings api_settings(const Settings& settings) {
  return {.keys = {.write = settings.write_keys,
                   .read = settings.read_keys,
                   .event = settings.event_keys,
                   .admin = settings.admin_keys},
          .gate = {.is_dev = settings.dev, .hosts = settings.hosts},
          .after_wait_max = settings.after_wait_max,
          .version = kVersion};
}

ViewReadsSettings view_reads_settings(const Settings& settings) {
  return {.threads = threads_or_half_the_cores(settings.query_threads)};
}

PublishedViewsSettings published_views_settings(const Settings& settings) {
  return {.partition_count = static_cast<std::uint32_t>(settings.cluster_partitions),
          .poll_interval = settings.query_poll_interval};
}

LocalLogSettings log_settings(const Settings& settings) {
  LocalLogSettings log;
  log.directory = settings.data_dir + "/log";
  log.partition_count = static_cast<std::uint32_t>(settings.partitions);
  constexpr std::uint64_t kPageBytes = 4096;
  log.segment_bytes = (settings.segment_bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
  log.append_bytes_limit = kAppendBytesLimit;
  log.queue_bytes_limit = settings.queue_bytes_limit;
  log.retention_age = settings.retention_age;
  log.retention_bytes = settings.retention_bytes;
  log.compress = settings.compress;
  return log;
}

ClockKeeperSettings clock_settings(const Settings& settings) {
  return {
      .limits = {.jump_max = settings.clock_jump_max, .ahead_limit = settings.clock_ahead_limit},
      .steady_after = settings.clock_steady_after,
      .retention_age = settings.retention_age,
      .retention_bytes = settings.retention_bytes,
      .trust_start = settings.clock_trusted};
}

ProcessorSettings processor_settings(const Settings& settings) {
  ProcessorSettings processor;
  processor.results = {.dedup_window = settings.dedup_window,
                       .out_of_order_bound = settings.out_of_order_bound,
                       .idle_timeout = settings.idle_timeout};
  processor.shards = threads_or_half_the_cores(settings.processing_shards);
  processor.dedup.ids_limit = settings.dedup_ids_limit;
  processor.new_names_per_day = settings.new_names_per_day;
  processor.view.memory_bytes_max = settings.view_memory_bytes_max;
  processor.view.groups_max = settings.view_groups_max;
  processor.view.event_ahead_max = settings.clock_ahead_limit;
  processor.view.accounts_keep = settings.view_accounts_keep;
  processor.view.keys_bytes_max = settings.view_keys_bytes_max;
  processor.gaps = {.limits = {.missing_max = settings.gaps_missing_max,
                               .missing_per_arrived_max = settings.gaps_missing_per_arrived_max},
                    .memory_bytes_max = settings.gaps_memory_bytes_max};
  processor.checkpoint_interval = settings.checkpoint_interval;
  return processor;
}

PostgresSettings postgres_settings(const Settings& settings) {
  return {.connection = settings.postgres_url,
          .schema = settings.postgres_schema,
          .cluster = settings.cluster_name};
}

}  // namespace hapax
