// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "access_command.hpp"
#include "audit_command.hpp"
#include "bench_command.hpp"
#include "clock_command.hpp"
#ifdef HAPAX_WITH_KAFKA
#include "cluster_command.hpp"
#include "collect_command.hpp"
#include "migrate_command.hpp"
#include "process_command.hpp"
#include "topology_command.hpp"
#endif
#include "command_line.hpp"
#include "config_command.hpp"
#include "keys_command.hpp"
#include "log_command.hpp"
#include "query_command.hpp"
#include "serve_command.hpp"
#include "version.hpp"
#include "view_command.hpp"

namespace {

/// What this program was compiled for must be there, or it ends in an illegal instruction later.
bool processor_fits() {
#ifdef __AVX2__
  return __builtin_cpu_supports("avx2") != 0;
#else
  return true;
#endif
}

}  // namespace

int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape): CLI11 on no memory.
  if (!processor_fits()) {
    std::fputs(
        "hapax: this build needs a processor with AVX2\n"
        "       configure with -DHAPAX_CPU_FLAGS= to build it for older ones\n",
        stderr);
    return 1;
  }
  // What people do in an app is nobody else's: every file and directory that is made from here on,
  // RocksDB's too, is for this user alone.
  ::umask(S_IRWXG | S_IRWXO);
  CLI::App app{"Hapax tracks what people do in an app and counts every event once.", "hapax"};
  app.set_version_flag("--version", hapax::kVersion);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  hapax serve                                   listen on 127.0.0.1:8080, store in ./data\n"
      "  hapax serve --listen 127.0.0.1:9000 --dedup-window 30d\n"
      "  hapax config print                            the settings in force and their origin\n"
      "  hapax log verify --data-dir data              check every stored byte\n"
      "  hapax keys export --data-dir data             the key to keep with a backup\n"
      "  hapax access reset --data-dir data            a link to set the password anew\n"
      "  hapax clock status --data-dir data            whether the server's clock is believed\n"
      "  hapax log tail --data-dir data --follow       events as they arrive, as JSON lines\n"
      "  hapax view list                               the views and how far they are\n"
      "  hapax audit                                   whether the books of a server balance\n"
      "  hapax bench --target http://127.0.0.1:8080    measure a running server\n");

  int exit_code = 0;
  hapax::add_serve_command(app, exit_code);
#ifdef HAPAX_WITH_KAFKA
  hapax::add_cluster_command(app, exit_code);
  hapax::add_collect_command(app, exit_code);
  hapax::add_process_command(app, exit_code);
  hapax::add_topology_command(app, exit_code);
  hapax::add_migrate_command(app, exit_code);
#endif
  hapax::add_query_command(app, exit_code);
  hapax::add_config_command(app, exit_code);
  hapax::add_keys_command(app, exit_code);
  hapax::add_access_command(app, exit_code);
  hapax::add_clock_command(app, exit_code);
  hapax::add_audit_command(app, exit_code);
  hapax::add_log_command(app, exit_code);
  hapax::add_view_command(app, exit_code);
  hapax::add_bench_command(app, exit_code);
  try {
    const int parsed = hapax::run_command_line(app, argc, argv);
    return parsed != 0 ? parsed : exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hapax: %s\n", error.what());
    return 1;
  }
}
