// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace hapax {

/// What the log takes in one append at most: all records of a request, which is why no body may be
/// larger.
constexpr std::uint64_t kAppendBytesLimit = 32U << 20U;

/// Values of dedup.scope.
constexpr std::string_view kScopeExact = "exact";
constexpr std::string_view kScopePartition = "partition";

/// Everything an operator can set, with the defaults. Each field is declared to the outside once,
/// in options.cpp, and turned into the settings of one component in apps/hapax.
struct Settings {
  std::string listen = "127.0.0.1:8080";
  std::uint64_t http_threads = 0;  ///< 0: half the cores.
  std::uint64_t body_bytes_limit = 4U << 20U;
  std::uint64_t decoded_body_bytes_limit = 16U << 20U;
  std::uint64_t event_bytes_limit = 1U << 20U;
  std::uint64_t batch_events_limit = 10'000;
  std::uint64_t sources_limit = 1000;  ///< Without write keys.
  std::uint64_t connections_limit = 10'000;
  std::uint64_t body_bytes_in_flight_limit = 256U << 20U;
  std::uint64_t transfer_bytes_per_second_min = 1000;
  std::chrono::milliseconds transfer_grace = std::chrono::seconds(10);
  std::map<std::string, std::string, std::less<>> write_keys;  ///< Key -> source.
  /// Key -> sources whose rows it may read; none: it may read everything.
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> read_keys;
  std::set<std::string, std::less<>> event_keys;
  std::set<std::string, std::less<>> admin_keys;
  std::set<std::string, std::less<>> hosts;  ///< Names by which browsers may sign in; none: any.

  std::string data_dir = "data";
  std::uint64_t partitions = 4;
  std::uint64_t segment_bytes = 64U << 20U;
  std::uint64_t queue_bytes_limit = 64U << 20U;
  std::chrono::milliseconds retention_age = std::chrono::hours(24 * 30);
  std::uint64_t retention_bytes = std::uint64_t{32} << 30U;
  bool compress = true;

  std::uint64_t processing_shards = 0;  ///< 0: half the cores.
  std::chrono::milliseconds dedup_window = std::chrono::hours(24 * 7);
  bool dedup_may_forget = false;
  std::uint64_t dedup_ids_limit = 100'000'000;
  std::uint64_t new_names_per_day = 10'000;  ///< Of each source; 0: any.
  std::chrono::milliseconds out_of_order_bound = std::chrono::seconds(10);
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(10);
  std::string default_views = "all";  ///< A list of names, "all" or "none".
  std::uint64_t view_memory_bytes_max = std::uint64_t{512} << 20U;
  std::uint64_t view_groups_max = 1'000'000;  ///< Of a window, and of each source in it.
  std::chrono::milliseconds view_accounts_keep = std::chrono::hours(24 * 30);
  std::uint64_t view_keys_bytes_max = std::uint64_t{4} << 30U;  ///< Of a window, or of sessions.
  std::uint64_t gaps_missing_max = 4'000;                       ///< Of a device that is believed.
  std::uint64_t gaps_missing_per_arrived_max = 10;              ///< Likewise.
  std::uint64_t gaps_memory_bytes_max = std::uint64_t{64} << 20U;
  bool may_drop_history = false;  ///< Of views of hapax.toml that change.
  std::chrono::milliseconds clock_ahead_limit = std::chrono::minutes(10);
  std::chrono::milliseconds clock_jump_max = std::chrono::hours(24);
  std::chrono::milliseconds clock_steady_after = std::chrono::hours(2);
  bool clock_trusted = false;
  std::chrono::milliseconds checkpoint_interval = std::chrono::seconds(10);
  std::chrono::milliseconds after_wait_max = std::chrono::seconds(5);
  std::uint64_t query_threads = 0;  ///< 0: half the cores.

  std::chrono::milliseconds alerts_interval = std::chrono::seconds(10);
  std::string smtp_url;  ///< Empty: alerts send no mail.
  std::string smtp_from;
  std::string smtp_user;
  std::string smtp_password;
  std::string smtp_password_file;

  // A cluster.
  std::string kafka_brokers;
  std::string kafka_topics_prefix = "hapax";
  std::map<std::string, std::string> kafka_properties;  ///< Of librdkafka.
  std::chrono::milliseconds kafka_append_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds kafka_check_interval = std::chrono::minutes(1);
  std::uint64_t kafka_replicas = 3;
  bool kafka_accept_unreplicated = false;
  std::string cluster_name = "hapax";
  std::string cluster_node;  ///< Empty: named by machine and address.
  std::string cluster_key_file = "cluster.key";
  std::uint64_t cluster_partitions = 64;
  std::uint64_t cluster_claim_partitions = 64;
  std::optional<std::chrono::milliseconds> cluster_retention;  ///< Nothing: for ever.
  std::string cluster_objects;
  std::string cluster_objects_endpoint;
  std::string cluster_objects_region = "us-east-1";
  std::string cluster_objects_access_key;
  std::string cluster_objects_secret_key;
  std::string cluster_objects_ca_file;
  std::string postgres_url;
  std::string postgres_schema = "hapax";
  std::string sql_views = "none";  ///< Of owners of partitions.
  std::string dedup_scope;  ///< kScopeExact or kScopePartition; empty: a cluster does not start.
  std::uint64_t missed_sample_millionths = 62'500;  ///< Of ids, with kScopePartition.
  std::uint64_t collect_queue_bytes_limit = 64U << 20U;
  std::chrono::milliseconds collect_report_interval = std::chrono::seconds(1);
  std::chrono::milliseconds collect_clock_limit = std::chrono::seconds(60);
  std::chrono::milliseconds process_save_interval = std::chrono::seconds(1);
  std::string process_state_dir = "data/process";
  std::chrono::milliseconds process_session_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds process_collector_timeout = std::chrono::seconds(30);
  bool process_standby_judges = true;
  std::string process_advertise_url;
  std::string query_process_key;
  std::chrono::milliseconds query_poll_interval = std::chrono::milliseconds(20);

  std::string log_level = "info";
  bool dev = false;  ///< Everybody on this machine may everything.
};

}  // namespace hapax
