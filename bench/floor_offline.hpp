// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace hapax::bench {

/// CPU of the floor's work for one shape of bodies, without any network.
struct OfflineRow {
  std::size_t batch = 0;
  bool gzip = false;
  double cpu_ns_per_event = 0;
  std::size_t body_bytes_per_event = 0;  ///< As sent.
};

/// Latency of one write and fdatasync of `bytes`.
struct SyncRow {
  std::size_t bytes = 0;
  std::chrono::nanoseconds p50{};
  std::chrono::nanoseconds p99{};
};

/// Measures for batches of 1, 10 and 100, plain and gzip, `duration` each, with a sync per 1 MiB
/// into a file at `path`. CPU time is that of the one thread.
Result<std::vector<OfflineRow>> measure_offline(const std::string& path,
                                                std::chrono::nanoseconds duration);

/// Writes and syncs pieces of each of `sizes`, `duration` each.
Result<std::vector<SyncRow>> measure_syncs(const std::string& path,
                                           const std::vector<std::size_t>& sizes,
                                           std::chrono::nanoseconds duration);

}  // namespace hapax::bench
