// SPDX-License-Identifier: Apache-2.0
#include "bench_command.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "adapters/posix/system_clock.hpp"
#include "adapters/posix/system_random.hpp"
#include "bench_client/measurement.hpp"
#include "bench_client/report_text.hpp"
#include "server_client.hpp"
#include "server_key.hpp"
#include "settings_flags.hpp"

namespace hapax {
namespace {

constexpr std::uint64_t kBatchMax = 10'000;
constexpr std::uint64_t kConnectionsMax = 1'000;
constexpr std::uint64_t kEventsMax = 1'000'000'000;

struct BenchFlags {
  bench::Plan plan;
  std::shared_ptr<SettingsFlags> settings;
  double duration_seconds = 10;
  bool closed = false;
  bool json = false;
};

/// Of a server on this machine, whose data directory may be read.
Result<std::string> read_key_of(const BenchFlags& flags) {
  HAPAX_ASSIGN(const LoadedSettings loaded, load(*flags.settings));
  HAPAX_ASSIGN(const ServerAddress server, parse_url(flags.plan.target));
  return key_for(server, loaded.settings);
}

int run_bench(BenchFlags& flags) {
  SystemClock clock;
  SystemRandom random;
  if (flags.plan.read_key.empty() && !flags.plan.floor) {
    const auto key = read_key_of(flags);
    if (!key) {
      return report(key.error());
    }
    flags.plan.read_key = *key;
  }
  const auto measured = bench::measure(flags.plan, clock, random);
  if (!measured) {
    return report(measured.error());
  }
  const auto text =
      flags.json ? bench::to_json(flags.plan, *measured) : bench::to_text(flags.plan, *measured);
  std::fputs(text.c_str(), stdout);
  for (const auto& problem : measured->problems) {
    std::fprintf(stderr, "hapax: the result does not count: %s\n", problem.c_str());
  }
  return measured->problems.empty() ? 0 : 1;
}

void add_target_options(CLI::App& command, bench::Plan& plan) {
  command.add_option("--target,--url", plan.target, "The server.")->capture_default_str();
  command.add_option("--pid", plan.pid,
                     "The server's process id, on this machine; without it its CPU time comes from "
                     "/metrics.");
  command.add_option("--write-key", plan.write_key, "Who sends.")->capture_default_str();
  command.add_option("--source", plan.source,
                     "What the server calls the source of the write key. [the key itself]");
  command.add_option("--read-key", plan.read_key,
                     "For /api and /metrics; without it as the settings say, or the token in the "
                     "data directory of a server on this machine.");
  command.add_flag("--floor", plan.floor,
                   "The server is bench/floor: nothing to check and to wait for.");
}

void add_scenario_options(CLI::App& command, bench::Plan& plan) {
  command
      .add_option_function<std::string>(
          "--scenario", [&plan](const std::string& name) { plan.web = name == "web"; },
          "tracks: track calls that are all alike, as cheap to send as can be. web: two days of "
          "visitors of a shop, with retries, late uploads and clocks that are wrong.")
      ->check(CLI::IsMember({"tracks", "web"}))
      ->default_str("tracks");
  command
      .add_option("--users", plan.users,
                  "How many there are. [10000; 100000 visitors in the web scenario]")
      ->check(CLI::Range(std::uint64_t{1}, kEventsMax));
  command.add_option("--seed", plan.seed, "The same seed makes the same web scenario.")
      ->capture_default_str();
}

void add_load_options(CLI::App& command, BenchFlags& flags) {
  auto& plan = flags.plan;
  command.add_option("--batch", plan.batch, "Events per request.")
      ->check(CLI::Range(std::uint64_t{1}, kBatchMax))
      ->capture_default_str();
  command.add_flag("--gzip", plan.gzip,
                   "Compressed bodies; of tracks made before the run, at most 1 GiB of them.");
  command.add_option("--connections", plan.connections, "With one request under way each.")
      ->check(CLI::Range(std::uint64_t{1}, kConnectionsMax))
      ->capture_default_str();
  auto* rate = command
                   .add_option("--rate", plan.rate,
                               "Open loop: events per second. Latency counts from the planned "
                               "time of sending.")
                   ->check(CLI::PositiveNumber);
  command
      .add_flag("--closed", flags.closed,
                "Closed loop, as without --rate: as fast as answers come. For CPU cost only.")
      ->excludes(rate);
  auto* events =
      command
          .add_option("--events", plan.events, "How many, instead of a duration; whole batches.")
          ->check(CLI::Range(std::uint64_t{1}, kEventsMax));
  command.add_option("--duration", flags.duration_seconds, "How long: 10s, 500ms, 5m.")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, double>{{"s", 1}, {"ms", 0.001}, {"m", 60}}))
      ->check(CLI::PositiveNumber)
      ->excludes(events)
      ->capture_default_str();
  command.add_option("--warmup", plan.warmup, "Events sent before, in a closed loop.")
      ->check(CLI::Range(std::uint64_t{0}, kEventsMax))
      ->capture_default_str();
}

}  // namespace

void add_bench_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "bench", "Send load to a running server, measure it, and check what it counted.");
  auto flags = std::make_shared<BenchFlags>();
  flags->settings = add_data_dir_flags(*command);
  add_target_options(*command, flags->plan);
  add_load_options(*command, *flags);
  add_scenario_options(*command, flags->plan);
  command->add_flag("--freshness", flags->plan.freshness,
                    "Also measure how long a single event takes to the live stream.");
  command->add_flag("--json", flags->json, "The result as JSON.");
  command->footer(
      "Exit code 1 when the server's books do not show exactly the acknowledged events.\n"
      "The source's numbers in the server grow by the events sent: use a server made for it.\n\n"
      "Examples:\n"
      "  hapax bench --rate 20000 --freshness --pid $(pidof hapax)\n"
      "  hapax bench --closed --batch 100 --gzip --events 2000000\n"
      "  hapax bench --scenario web --rate 5000 --duration 1m\n"
      "  hapax bench --target http://127.0.0.1:9000 --rate 5000 --batch 1 --duration 1m --json\n");
  command->callback([flags, &exit_code] {
    flags->plan.duration =
        std::chrono::nanoseconds(static_cast<std::int64_t>(flags->duration_seconds * 1e9));
    exit_code = run_bench(*flags);
  });
}

}  // namespace hapax
