// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "bench_client/target.hpp"
#include "ports/clock.hpp"

namespace hapax::bench {

/// What /api/audit says.
struct Books {
  bool balanced = false;
  std::string broken;        ///< The equations that do not hold.
  bool processed = false;    ///< Everything in the log has been processed, in all partitions.
  std::uint64_t unique = 0;  ///< Of the source asked for.
};

/// Counters of /metrics.
struct ServerCounters {
  double cpu_seconds = 0;
  double checkpoints = 0;
  double syncs = 0;
  double sync_seconds = 0;
  double synced_bytes = 0;
};

/// Asks a running server how far it is. Threading: one owner.
class ServerState {
 public:
  /// How long wait_processed() waits while nothing moves.
  static constexpr std::chrono::seconds kStandstillMax{60};

  ServerState(Target target, std::string read_key, std::string source)
      : target_(std::move(target)), read_key_(std::move(read_key)), source_(std::move(source)) {}

  /// Errors: see http_get; kUnavailable when the answer is not that of a Hapax server.
  Result<Books> books() const;
  Result<ServerCounters> counters() const;

  /// Waits until everything in the log has been processed. Errors: as books(); kUnavailable after
  /// kStandstillMax without progress.
  Result<Books> wait_processed(const Clock& clock) const;

 private:
  struct Audit {
    Books books;
    std::int64_t processed = 0;
  };
  Result<Audit> audit() const;

  const Target target_;
  const std::string read_key_;
  const std::string source_;
};

}  // namespace hapax::bench
