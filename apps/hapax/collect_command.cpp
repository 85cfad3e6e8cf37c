// SPDX-License-Identifier: Apache-2.0
#include "collect_command.hpp"

#include <fmt/format.h>

#include <memory>

#include "collect_server.hpp"
#include "run_role.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

int collect(const SettingsFlags& flags) {
  const auto declared = load_all(flags);
  if (!declared) {
    return report(declared.error());
  }
  const Settings& settings = declared->loaded.settings;
  std::unique_ptr<CollectServer> server;
  const auto start = [&]() -> Result<RunningRole> {
    HAPAX_ASSIGN(server, CollectServer::start(settings, declared->views));
    return RunningRole{.url = server->url(), .stop = [&server] { server->stop(); }};
  };
  return run_role(settings, start, [&] {
    return fmt::format("Collecting at {}\nWhether it takes events: {}/health/ready\n",
                       server->url(), server->url());
  });
}

}  // namespace

void add_collect_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "collect", "Run a collector of a cluster (docs/cluster.md) until SIGINT or SIGTERM.");
  command->footer(
      "Example:\n"
      "  hapax collect --kafka-brokers kafka1:9092 --dedup-scope exact --listen 0.0.0.0:8080\n");
  command->callback(
      [flags = add_settings_flags(*command), &exit_code] { exit_code = collect(*flags); });
}

}  // namespace hapax
