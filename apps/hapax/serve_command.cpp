// SPDX-License-Identifier: Apache-2.0
#include "serve_command.hpp"

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

void print_welcome(const std::string& url, const Settings& settings) {
  const std::string key = settings.write_keys.empty() ? "web" : "<write key>";
  const std::string read_key =
      settings.read_keys.empty() ? "" : " -H 'Authorization: Bearer <read key>'";
  std::printf(
      "\nHapax listens on %s and stores in %s\n\n"
      "Send an event:\n"
      "  curl %s/v1/track -d '{\"userId\":\"ada\",\"event\":\"Clicked\",\"writeKey\":\"%s\"}'\n"
      "Read the number:\n"
      "  curl%s %s/api/views/events_per_minute\n\n"
      "Ctrl-C stops it.\n",
      url.c_str(), settings.data_dir.c_str(), url.c_str(), key.c_str(), read_key.c_str(),
      url.c_str());
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
  print_welcome((*server)->url(), settings);
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
      "  hapax serve --listen localhost:9000 --data-dir /var/lib/hapax\n");
  command->callback(
      [flags = add_settings_flags(*command), &exit_code] { exit_code = serve(*flags); });
}

}  // namespace hapax
