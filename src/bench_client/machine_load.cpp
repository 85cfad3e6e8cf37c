// SPDX-License-Identifier: Apache-2.0
#include "bench_client/machine_load.hpp"

#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <string>

namespace hapax::bench {
namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Result<std::chrono::nanoseconds> process_cpu_time(pid_t pid) {
  clockid_t clock{};
  if (::clock_getcpuclockid(pid, &clock) != 0) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("--pid {}: there is no such process", pid),
                 .hint = "give the process id of the server"};
  }
  return read_clock(clock);
}

std::chrono::nanoseconds own_cpu_time() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

MachineLoad machine_load() {
  MachineLoad load;
  std::ifstream("/proc/loadavg") >> load.load_average;
  // cpu user nice system idle iowait irq softirq steal; guest times are parts of user and nice.
  std::ifstream stat("/proc/stat");
  std::string label;
  stat >> label;
  std::uint64_t ticks = 0;
  for (int field = 0; field < 8 && stat >> ticks; ++field) {
    load.total_ticks += ticks;
    load.steal_ticks = ticks;
  }
  return load;
}

double MachineLoad::steal_since(const MachineLoad& before) const {
  const auto total = total_ticks - before.total_ticks;
  const auto steal = steal_ticks - before.steal_ticks;
  return total == 0 ? 0 : static_cast<double>(steal) / static_cast<double>(total);
}

}  // namespace hapax::bench
