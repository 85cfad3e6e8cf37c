// SPDX-License-Identifier: Apache-2.0
#include "config/cluster_options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <system_error>

#include "config/option_kinds.hpp"
#include "config/quantity.hpp"

namespace hapax {
namespace {

using namespace option_kinds;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using S = Settings;
constexpr std::uint64_t kMiB = 1U << 20U;
constexpr std::uint64_t kPartitionsMax = 4096;
constexpr double kMillion = 1e6;

/// At commas; two of them are one that belongs to a value.
std::vector<std::string> split_pairs(std::string_view text) {
  std::vector<std::string> pairs(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_comma = text[i] == ',';
    const bool is_double = is_comma && text.substr(i + 1).starts_with(',');
    if (is_comma && !is_double) {
      pairs.emplace_back();
      continue;
    }
    pairs.back() += text[i];
    i += is_double ? 1 : 0;
  }
  return pairs;
}

/// As librdkafka calls its properties. What else stands before a = may be a piece of a password.
bool is_property_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz.";
  return name == "debug" || (name.find('.') != std::string_view::npos &&
                             name.find_first_not_of(kLetters) == std::string_view::npos);
}

Result<void> set_properties(Settings& settings, std::string_view value) {
  settings.kafka_properties.clear();
  for (const std::string& text : split_pairs(value)) {
    const auto pair = trim(text);
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const auto name = trim(pair.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = "a property is not of the form name=value",
                   .hint =
                       "for example kafka.properties = "
                       "\"security.protocol=SASL_SSL,sasl.username=hapax\""};
    }
    if (!is_property_name(name)) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message =
                       "before an = stands what is no name of a property, such as "
                       "sasl.username",
                   .hint = "a comma that belongs to a value is written twice"};
    }
    settings.kafka_properties.insert_or_assign(std::string(name),
                                               std::string(trim(pair.substr(equals + 1))));
  }
  return {};
}

/// Names alone: among the values are passwords.
std::string show_properties(const Settings& settings) {
  std::string shown;
  for (const auto& [name, value] : settings.kafka_properties) {
    shown += fmt::format("{}{}=***", shown.empty() ? "" : ",", name);
  }
  return shown;
}

Result<void> set_scope(Settings& settings, std::string_view value) {
  if (!value.empty() && value != kScopeExact && value != kScopePartition) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("\"{}\" is no scope of dedup", value),
                 .hint = "use exact or partition"};
  }
  settings.dedup_scope = value;
  return {};
}

Result<void> set_missed_sample(Settings& settings, std::string_view value) {
  double share = -1;
  const char* const end = value.data() + value.size();
  const auto [stop, failure] = std::from_chars(value.data(), end, share);
  const double millionths = std::round(share * kMillion);
  const bool is_share = failure == std::errc() && stop == end && share >= 0 && share <= 1;
  if (!is_share || (share > 0 && millionths < 1)) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("\"{}\" is no share of ids", value),
                 .hint = "write a number from 0 to 1 with at most six decimals, such as 0.0625"};
  }
  settings.missed_sample_millionths = static_cast<std::uint64_t>(millionths);
  return {};
}

std::string show_missed_sample(const Settings& settings) {
  return fmt::format("{}", static_cast<double>(settings.missed_sample_millionths) / kMillion);
}

constexpr std::string_view kForever = "forever";

Result<void> set_retention(Settings& settings, std::string_view value) {
  if (value == kForever) {
    settings.cluster_retention.reset();
    return {};
  }
  HAPAX_ASSIGN(const auto retention, parse_duration(value));
  if (retention < seconds(1)) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("{} is less than 1s", format_duration(retention)),
                 .hint = "for example cluster.retention = \"90d\", or \"forever\""};
  }
  settings.cluster_retention = retention;
  return {};
}

std::string show_retention(const Settings& settings) {
  return settings.cluster_retention ? format_duration(*settings.cluster_retention)
                                    : std::string(kForever);
}

}  // namespace

std::vector<Option> cluster_options() {
  return {
      text("kafka.brokers", &S::kafka_brokers,
           "Some brokers of the Kafka cluster that a cluster's roles share, "
           "\"host:9092,host:9092\"; "
           "they name the others (docs/cluster.md)."),
      text(
          "kafka.topics_prefix", &S::kafka_topics_prefix,
          "What the names of its topics begin with: PREFIX.events, PREFIX.claims, PREFIX.verdicts, "
          "PREFIX.control."),
      {.key = "kafka.properties",
       .help =
           "How brokers are reached, and who we are to them, as name=value pairs of librdkafka: "
           "\"security.protocol=SASL_SSL,sasl.mechanism=SCRAM-SHA-512,...\", a comma in a value "
           "written twice; or a table (docs/kafka.md).",
       .set = set_properties,
       .show = show_properties,
       .secret = true},
      duration("kafka.append_timeout", &S::kafka_append_timeout, seconds(1), milliseconds(59'000),
               "An append that brokers have not answered after it has failed; a request that waits "
               "for it gets 503."),
      duration("kafka.check_interval", &S::kafka_check_interval, milliseconds(100), hours(1),
               "Time between two looks of a running role at its topics: while one is not as "
               "docs/kafka.md says, nothing is taken."),
      count("kafka.replicas", &S::kafka_replicas, {1, 15},
            "Copies of each partition that `hapax cluster create` asks for. Fewer than three need "
            "kafka.accept_unreplicated."),
      yes_or_no("kafka.accept_unreplicated", &S::kafka_accept_unreplicated,
                "Whether a machine of Kafka that is lost may take acknowledged events with it."),
      text("cluster.name", &S::cluster_name,
           "Of the cluster: the names of its processes at the brokers begin with it."),
      text("cluster.node", &S::cluster_node,
           "Of this process among those of its role; two that have the same hold each other up. "
           "Empty: the machine's name and http.listen."),
      text("cluster.key_file", &S::cluster_key_file,
           "The secret key of ids, the same on all machines; `hapax cluster create` makes it."),
      count("cluster.partitions", &S::cluster_partitions, {1, kPartitionsMax},
            "Partitions of the topics of events and verdicts; fixed when the cluster is made."),
      count("cluster.claim_partitions", &S::cluster_claim_partitions, {1, kPartitionsMax},
            "Partitions of the topic of claims; fixed when the cluster is made."),
      {.key = "cluster.retention",
       .help =
           "How long events stay in the topics of a cluster, by when brokers took them: a duration "
           "or forever. What is older is deleted once it is counted durably; what is published "
           "stays.",
       .set = set_retention,
       .show = show_retention},
      text("cluster.objects", &S::cluster_objects,
           "Where owners keep their states: \"s3://bucket/prefix\" or \"file:///folder\", one that "
           "all machines share."),
      text("cluster.objects_endpoint", &S::cluster_objects_endpoint,
           "Of an s3:// store: \"https://host\" or \"http://host:port\" (docs/object-store.md)."),
      text("cluster.objects_region", &S::cluster_objects_region,
           "Where its bucket is; stores that have no regions take any."),
      text("cluster.objects_access_key", &S::cluster_objects_access_key,
           "Who we are to that store."),
      secret("cluster.objects_secret_key", &S::cluster_objects_secret_key,
             "The secret that goes with cluster.objects_access_key."),
      text("cluster.objects_ca_file", &S::cluster_objects_ca_file,
           "Whose certificates are believed of that store; empty: whose the system believes."),
      secret("postgres.url", &S::postgres_url,
             "Where rows are published and read: \"postgresql://user:password@host/database\"."),
      text("postgres.schema", &S::postgres_schema, "The schema of our tables there."),
      text("postgres.sql_views", &S::sql_views,
           "Views of which owners of partitions publish what people can read by SQL, too "
           "(docs/postgres.md): a list of names, \"a,b\", all or none."),
      {.key = "dedup.scope",
       .help =
           "Of a cluster, which must say: exact, an id counts once whichever partition it comes "
           "to, for two more appends of each event; partition, it counts once in each.",
       .set = set_scope,
       .show = [](const Settings& settings) { return settings.dedup_scope; }},
      {.key = "dedup.missed_sample",
       .help =
           "Of a cluster with dedup.scope = partition: the share of ids, 0 to 1, of which it is "
           "counted how often one has counted in two partitions; each event with such an id is "
           "appended two more times, and not waited for. 0: it is not known.",
       .set = set_missed_sample,
       .show = show_missed_sample},
      bytes(
          "collect.queue_bytes_limit", &S::collect_queue_bytes_limit, {kMiB, 16'384 * kMiB},
          "Records that a collector has taken and brokers have not answered; over it requests get "
          "503."),
      duration(
          "collect.report_interval", &S::collect_report_interval, milliseconds(100), minutes(1),
          "Time between two words of a collector on how far it is: results are complete as much "
          "later."),
      duration("collect.clock_limit", &S::collect_clock_limit, seconds(1), hours(1),
               "How far a collector's clock may be off the brokers' before it takes no events."),
      duration("process.save_interval", &S::process_save_interval, milliseconds(100), hours(1),
               "Time between two states that an owner of partitions keeps; as much later rows are "
               "published."),
      text("process.state_dir", &S::process_state_dir,
           "Where an owner of partitions has files of its states while it works on them; what is "
           "lost there is fetched again."),
      duration("process.session_timeout", &S::process_session_timeout, seconds(6), minutes(5),
               "An owner of partitions that is not heard of for so long is taken for dead: its "
               "partitions stand still until then, and go to others."),
      duration("process.collector_timeout", &S::process_collector_timeout, seconds(1), hours(1),
               "A collector that says nothing for so long is called gone: until then nothing that "
               "came later is called complete."),
      yes_or_no(
          "process.standby_judges", &S::process_standby_judges,
          "Whether a process keeps copies of what the judges of others know, so that verdicts "
          "come at once when one of these dies: its ids are in memory twice then."),
      text("process.advertise_url", &S::process_advertise_url,
           "Where servers of queries reach this owner of partitions, \"http://host:port\"; empty: "
           "where it listens, and of an address for all, the name of the machine."),
      secret("query.process_key", &S::query_process_key,
             "A key of api.read_keys of the owners of partitions: a query server asks them with it "
             "for what is counted and not kept yet. Empty: it knows what is published alone."),
      duration(
          "query.poll_interval", &S::query_poll_interval, milliseconds(1), minutes(1),
          "Time between two looks of a query server at what partitions publish, while somebody "
          "waits for news; live streams are behind by as much."),
  };
}

}  // namespace hapax
