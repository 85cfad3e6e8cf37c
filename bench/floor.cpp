// SPDX-License-Identifier: Apache-2.0
// The floor: what an event must cost at least before it can be acknowledged. With --listen a server
// for `hapax bench --floor`; without, the work alone, and the disk's latency.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/floor_offline.hpp"
#include "bench/floor_server.hpp"

namespace hapax::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Flags {
  FloorServer::Settings server{.listen = "", .file = "floor.tmp"};
  double seconds = 1;
  std::vector<std::size_t> sync_bytes;
  bool json = false;
};

void print_text(const std::vector<OfflineRow>& rows, const std::vector<SyncRow>& syncs) {
  fmt::print("batch  bodies  CPU ns/event  bytes/event\n");
  for (const auto& row : rows) {
    fmt::print("{:5}  {:6}  {:12.0f}  {:11}\n", row.batch, row.gzip ? "gzip" : "plain",
               row.cpu_ns_per_event, row.body_bytes_per_event);
  }
  fmt::print("\nwrite + fdatasync     p50 us   p99 us\n");
  for (const auto& sync : syncs) {
    fmt::print("{:9} bytes  {:10}  {:7}\n", sync.bytes, sync.p50.count() / 1000,
               sync.p99.count() / 1000);
  }
}

void print_json(const std::vector<OfflineRow>& rows, const std::vector<SyncRow>& syncs) {
  Json json{{"work", Json::array()}, {"syncs", Json::array()}};
  for (const auto& row : rows) {
    json["work"].push_back({{"batch", row.batch},
                            {"gzip", row.gzip},
                            {"cpu_ns_per_event", row.cpu_ns_per_event},
                            {"body_bytes_per_event", row.body_bytes_per_event}});
  }
  for (const auto& sync : syncs) {
    json["syncs"].push_back(
        {{"bytes", sync.bytes}, {"p50_ns", sync.p50.count()}, {"p99_ns", sync.p99.count()}});
  }
  fmt::print("{}\n", json.dump(2));
}

Result<void> run_offline(const Flags& flags) {
  const std::chrono::nanoseconds duration(static_cast<std::int64_t>(flags.seconds * 1e9));
  const auto& path = flags.server.file;
  std::vector<OfflineRow> rows;
  auto sizes = flags.sync_bytes;
  if (sizes.empty()) {
    sizes = {512, 4U << 10U, 36U << 10U, 256U << 10U, 1U << 20U};
    HAPAX_ASSIGN(rows, measure_offline(path, duration));
  }
  HAPAX_ASSIGN(const auto syncs, measure_syncs(path, sizes, duration));
  flags.json ? print_json(rows, syncs) : print_text(rows, syncs);
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{"The least that a durable event costs: gunzip, parse, checksum, write, sync."};
  Flags flags;
  app.add_option("--listen", flags.server.listen, "Serve on this address instead: 127.0.0.1:0.");
  app.add_option("--file", flags.server.file, "Where to write; made anew, 256 MiB.")
      ->capture_default_str();
  app.add_flag("--events-gzip", flags.server.gzip, "Served bodies are compressed.");
  app.add_option("--sync-bytes", flags.sync_bytes, "Only sync writes of this size.")
      ->check(CLI::Range(std::size_t{1}, std::size_t{64} << 20U));
  app.add_option("--seconds", flags.seconds, "For each row.")->capture_default_str();
  app.add_flag("--json", flags.json, "The result as JSON.");
  app.footer("Examples:\n  floor --file /tmp/floor.tmp\n  floor --listen 127.0.0.1:9000");
  CLI11_PARSE(app, argc, argv);
  const auto done =
      flags.server.listen.empty() ? run_offline(flags) : FloorServer::run(flags.server);
  if (!done) {
    fmt::print(stderr, "floor: {}\n", done.error().text());
  }
  return done ? 0 : 1;
}

}  // namespace
}  // namespace hapax::bench

int main(int argc, char** argv) {
  try {
    return hapax::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 1;
  }
}
