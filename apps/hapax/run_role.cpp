// SPDX-License-Identifier: Apache-2.0
#include "run_role.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>

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

void set_up_log(const Settings& settings) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("hapax"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_level(spdlog::level::from_str(settings.log_level));
  for (const auto& warning : environment_warnings()) {
    spdlog::warn("msg=\"{}\"", warning);
  }
}

}  // namespace

int run_role(const Settings& settings, const std::function<Result<RunningRole>()>& start,
             const std::function<std::string()>& welcome) {
  set_up_log(settings);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // A file at its size limit is an error of one write, EFBIG.
  const sigset_t signals = block_stop_signals();
  const Result<RunningRole> role = start();
  if (!role) {
    return report(role.error());
  }
  spdlog::info("msg=\"Started.\" url={} data_dir={} version=\"{}\"", role->url, settings.data_dir,
               kVersion);
  fmt::print("{}", welcome());
  std::fflush(stdout);
  notify_service_manager("READY=1");
  int received = 0;
  sigwait(&signals, &received);
  notify_service_manager("STOPPING=1");
  spdlog::info("msg=\"Stopping.\" signal={}", received);
  role->stop();
  spdlog::info("msg=\"Stopped.\"");
  return 0;
}

}  // namespace hapax
