// SPDX-License-Identifier: Apache-2.0
#include "query_command.hpp"

#include <memory>
#include <utility>

#include "query_server.hpp"
#include "run_role.hpp"
#include "settings_flags.hpp"
#include "view_store.hpp"
#include "welcome.hpp"

namespace hapax {
namespace {

int query(const SettingsFlags& flags) {
  const auto declared = load_all(flags);
  if (!declared) {
    return report(declared.error());
  }
  const Settings& settings = declared->loaded.settings;
  std::unique_ptr<QueryServer> server;
  const auto start = [&]() -> Result<RunningRole> {
    QueryServer::Parts parts;
    parts.assets = embedded_assets();
    HAPAX_ASSIGN(parts.published, open_view_reader(settings));
    HAPAX_ASSIGN(server, QueryServer::start(settings, std::move(parts)));
    return RunningRole{.url = server->url(), .stop = [&server] { server->stop(); }};
  };
  return run_role(settings, start, [&] {
    return query_welcome_text({.url = server->url(),
                               .setup_link = server->setup_link(),
                               .data_dir = settings.data_dir,
                               .is_dev = settings.dev});
  });
}

}  // namespace

void add_query_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "query", "Run a server that answers queries of a cluster until SIGINT or SIGTERM.");
  command->footer(
      "Examples:\n"
      "  hapax query --postgres-url postgresql://hapax@db.example/hapax\n"
      "  hapax query --config /etc/hapax/hapax.toml --data-dir /var/lib/hapax-query\n");
  command->callback(
      [flags = add_settings_flags(*command), &exit_code] { exit_code = query(*flags); });
}

}  // namespace hapax
