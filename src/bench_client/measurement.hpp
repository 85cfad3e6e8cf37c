// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench_client/freshness_probe.hpp"
#include "bench_client/machine_load.hpp"
#include "bench_client/request_stream.hpp"
#include "bench_client/server_state.hpp"
#include "ports/clock.hpp"
#include "ports/random.hpp"

namespace hapax::bench {

/// What to measure. Either `rate` (open loop) or not (closed loop); either `events` or `duration`.
struct Plan {
  std::string target = "http://127.0.0.1:8080";
  std::string write_key = "bench";
  std::string source = {};  ///< What the server calls the write key's source; empty: as the key.
  std::string read_key = {};
  std::optional<pid_t> pid;
  std::uint64_t batch = 100;  ///< Events per request.
  /// Events of a WebWorld instead of track calls that are all alike.
  bool web = false;
  std::uint64_t seed = 1;              ///< Of a WebWorld.
  std::optional<std::uint64_t> users;  ///< Nothing: as BatchSpec or WebWorld::Settings say.
  bool gzip = false;
  std::uint64_t connections = 32;
  std::optional<double> rate;  ///< Events per second.
  std::optional<std::uint64_t> events;
  std::chrono::nanoseconds duration = std::chrono::seconds(10);
  std::uint64_t warmup = 10'000;  ///< Events sent before, in a closed loop.
  bool freshness = false;
  bool floor = false;  ///< The target is bench/floor: acknowledges, and does nothing else.
};

struct Report {
  Tally load;
  std::uint64_t repeats = 0;  ///< Events that were sent before.
  std::optional<Freshness> freshness;
  std::chrono::nanoseconds processed_after{};  ///< From the first request to all processed.
  std::optional<std::chrono::nanoseconds> server_cpu;
  std::chrono::nanoseconds client_cpu{};
  std::optional<ServerCounters> counters;  ///< Growth of them; none of a floor.
  double load_average = 0;
  double steal = 0;                   ///< Part of all CPU time, 0 to 1.
  std::vector<std::string> problems;  ///< Why the result does not count; empty when it does.

  std::chrono::nanoseconds took() const { return load.ended - load.began; }
  double events_per_second() const;
  std::optional<double> server_cpu_ns_per_event() const;
  std::uint64_t acknowledged() const;  ///< Probes included.
};

/// Runs `plan` and checks that the server counted exactly what it acknowledged. The server's CPU
/// time runs from before the first measured request until everything is processed.
/// Errors: kInvalid, the plan contradicts itself; kUnavailable, the server is gone or too slow;
/// kExhausted, too many gzip bodies. What only spoils the result is in Report::problems.
Result<Report> measure(const Plan& plan, const Clock& clock, Random& random);

}  // namespace hapax::bench
