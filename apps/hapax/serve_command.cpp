// SPDX-License-Identifier: Apache-2.0
#include "serve_command.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "server.hpp"
#include "service_notify.hpp"
#include "settings_flags.hpp"
#include "version.hpp"
#include "welcome.hpp"

namespace hapax {
namespace {

/// Blocks the signals that end the server, for this thread and those it will start.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void print_welcome(const Server& server, const Settings& settings) {
  fmt::print("{}", welcome_text({.url = server.url(),
                                 .setup_link = server.setup_link(),
                                 .data_dir = settings.data_dir,
                                 .asks_for_write_key = !settings.write_keys.empty(),
                                 .is_dev = settings.dev}));
  std::fflush(stdout);
}

int serve(const SettingsFlags& flags) {
  const auto declared = load_all(flags);
  if (!declared) {
    return report(declared.error());
  }
  const Settings& settings = declared->loaded.settings;
  spdlog::set_default_logger(spdlog::stderr_color_mt("hapax"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_level(spdlog::level::from_str(settings.log_level));
  for (const auto& warning : environment_warnings()) {
    spdlog::warn("msg=\"{}\"", warning);
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // A file at its size limit is an error of one write, EFBIG.
  const sigset_t signals = block_stop_signals();
  auto server = Server::start(settings, declared->views);
  if (!server) {
    return report(server.error());
  }
  spdlog::info("msg=\"Started.\" url={} data_dir={} version=\"{}\"", (*server)->url(),
               settings.data_dir, kVersion);
  print_welcome(**server, settings);
  notify_service_manager("READY=1");
  int received = 0;
  sigwait(&signals, &received);
  notify_service_manager("STOPPING=1");
  spdlog::info("msg=\"Stopping.\" signal={}", received);
  (*server)->stop();
  spdlog::info("msg=\"Stopped.\"");
  return 0;
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
