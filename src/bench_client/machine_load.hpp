// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

#include "core/result.hpp"

namespace hapax::bench {

/// CPU time of a whole process so far, user and system, of all its threads, those that ended
/// included: what /proc/<pid>/stat shows, in nanoseconds instead of ticks of 10 ms.
/// Errors: kInvalid, there is no such process.
Result<std::chrono::nanoseconds> process_cpu_time(pid_t pid);

/// CPU time of this process so far.
std::chrono::nanoseconds own_cpu_time();

/// What else the machine was doing; from /proc/stat and /proc/loadavg.
struct MachineLoad {
  double load_average = 0;        ///< Over the last minute.
  std::uint64_t steal_ticks = 0;  ///< Time that the hypervisor gave to others, all cores.
  std::uint64_t total_ticks = 0;

  /// Part of the time since `before` that was stolen, 0 to 1.
  double steal_since(const MachineLoad& before) const;
};

MachineLoad machine_load();

}  // namespace hapax::bench
