// SPDX-License-Identifier: Apache-2.0
#include "serve_command.hpp"

#include <memory>
#include <utility>

#include "run_role.hpp"
#include "server.hpp"
#include "settings_flags.hpp"
#include "welcome.hpp"

namespace hapax {
namespace {

int serve(const SettingsFlags& flags) {
  const auto declared = load_all(flags);
  if (!declared) {
    return report(declared.error());
  }
  const Settings& settings = declared->loaded.settings;
  std::unique_ptr<Server> server;
  const auto start = [&]() -> Result<RunningRole> {
    HAPAX_ASSIGN(server, Server::start(settings, declared->views));
    return RunningRole{.url = server->url(), .stop = [&server] { server->stop(); }};
  };
  return run_role(settings, start, [&] {
    return welcome_text({.url = server->url(),
                         .setup_link = server->setup_link(),
                         .data_dir = settings.data_dir,
                         .asks_for_write_key = !settings.write_keys.empty(),
                         .is_dev = settings.dev});
  });
}

}  // namespace

void add_serve_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("serve", "Run the server until SIGINT or SIGTERM.");
  command->footer(
      "Examples:\n"
      "  hapax serve\n"
      "  hapax serve --dev                             without a login, for this machine alone\n"
      "  hapax serve --listen localhost:9000 --data-dir /var/lib/hapax\n");
  command->callback(
      [flags = add_settings_flags(*command), &exit_code] { exit_code = serve(*flags); });
}

}  // namespace hapax
