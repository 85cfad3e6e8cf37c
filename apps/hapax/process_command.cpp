// SPDX-License-Identifier: Apache-2.0
#include "process_command.hpp"

#include <fmt/format.h>

#include <memory>

#include "process_server.hpp"
#include "run_role.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

int process(const SettingsFlags& flags) {
  const auto declared = load_all(flags);
  if (!declared) {
    return report(declared.error());
  }
  const Settings& settings = declared->loaded.settings;
  std::unique_ptr<ProcessServer> server;
  const auto start = [&]() -> Result<RunningRole> {
    HAPAX_ASSIGN(server, ProcessServer::start(settings, declared->views));
    return RunningRole{.url = server->url(), .stop = [&server] { server->stop(); }};
  };
  return run_role(settings, start, [&] {
    return fmt::format("Counting. What it owns: {}/topology\n", server->url());
  });
}

}  // namespace

void add_process_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "process",
      "Count partitions of a cluster (docs/cluster.md) until SIGINT or SIGTERM; as many processes "
      "share them.");
  command->footer(
      "Example:\n"
      "  hapax process --kafka-brokers kafka1:9092 --dedup-scope exact \\\n"
      "    --cluster-objects s3://bucket/hapax --postgres-url postgresql://user@host/database\n");
  command->callback(
      [flags = add_settings_flags(*command), &exit_code] { exit_code = process(*flags); });
}

}  // namespace hapax
