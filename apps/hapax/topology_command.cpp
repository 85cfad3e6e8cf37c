// SPDX-License-Identifier: Apache-2.0
#include "topology_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_client.hpp"
#include "adapters/posix/system_clock.hpp"
#include "asked_server.hpp"
#include "cluster_role.hpp"
#include "server_key.hpp"
#include "settings_flags.hpp"
#include "topology_report.hpp"
#include "view_store.hpp"

namespace hapax {
namespace {

constexpr std::chrono::seconds kAnswerWithin{20};
constexpr std::chrono::milliseconds kPause{50};

struct TopologyFlags {
  std::shared_ptr<SettingsFlags> settings;
  std::vector<std::string> processes;
  std::string key;
  bool json = false;
};

/// Where each partition of a topic ends.
Result<std::vector<Offset>> ends_of(KafkaClient& client, const std::string& name) {
  HAPAX_ASSIGN(const auto topic, client.open_topic(name));
  std::vector<Result<Offset>> ends(topic->partition_count(),
                                   Error{ErrorKind::kUnavailable, name + " does not answer"});
  std::size_t answers = 0;
  for (std::uint32_t p = 0; p < ends.size(); ++p) {
    topic->end_offset(PartitionId(p), [&, p](Result<Offset> end) {
      ends[p] = std::move(end);
      ++answers;
    });
  }
  const auto deadline = std::chrono::steady_clock::now() + kAnswerWithin;
  while (answers < ends.size() && std::chrono::steady_clock::now() < deadline) {
    client.wait(kPause);
    client.run_callbacks();
  }
  std::vector<Offset> offsets;
  for (const Result<Offset>& end : ends) {
    HAPAX_ASSIGN(const Offset offset, end);
    offsets.push_back(offset);
  }
  return offsets;
}

Result<std::string> ask_process(const std::string& url, const Settings& settings,
                                const std::string& key) {
  HAPAX_ASSIGN(ServerAddress server, parse_url(url));
  server.key = key.empty() ? key_for(server, settings) : key;
  return get_from(server, "/topology");
}

Result<void> show(const TopologyFlags& flags) {
  HAPAX_ASSIGN(const LoadedSettings loaded, load(*flags.settings));
  const Settings& settings = loaded.settings;
  HAPAX_ASSIGN(KafkaSettings kafka, kafka_settings(settings, "topology"));
  kafka.log = {};
  HAPAX_ASSIGN(const auto client, KafkaClient::open(std::move(kafka)));
  HAPAX_ASSIGN(const auto reader, open_view_reader(settings));
  const ClusterTopics topics = cluster_topics(settings);
  TopologyFacts facts{.now = SystemClock().now(), .published = reader->published()};
  HAPAX_ASSIGN(facts.event_ends, ends_of(*client, topics.events));
  HAPAX_ASSIGN(facts.claim_ends, ends_of(*client, topics.claims));
  for (const std::string& url : flags.processes.empty() ? owners_of(facts) : flags.processes) {
    facts.processes.push_back({.url = url, .topology = ask_process(url, settings, flags.key)});
  }
  const Topology topology = topology_of(facts);
  fmt::print("{}",
             flags.json ? topology_json_of(topology) + "\n" : topology_text(topology, facts.now));
  return {};
}

}  // namespace

void add_topology_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "topology", "Who owns what in a cluster, how far behind it is, and why (docs/cluster.md).");
  command->footer(
      "Example:\n"
      "  hapax topology --kafka-brokers kafka1:9092 --postgres-url postgresql://user@host/database "
      "\\\n"
      "    --key \"$READ_KEY\"\n");
  auto flags = std::make_shared<TopologyFlags>();
  flags->settings = add_settings_flags(*command);
  command
      ->add_option("--process", flags->processes,
                   "Where processes are that are asked; without it, those that published last.")
      ->delimiter(',');
  command->add_option("--key", flags->key,
                      "A key of api.read_keys of the processes; without it, the first that the "
                      "settings have.");
  command->add_flag("--json", flags->json, "Print it as JSON.");
  command->callback([flags, &exit_code] {
    const Result<void> shown = show(*flags);
    exit_code = shown ? 0 : report(shown.error());
  });
}

}  // namespace hapax
