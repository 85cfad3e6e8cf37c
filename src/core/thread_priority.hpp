// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hapax {

/// Gives way to other threads where there is too little CPU for all. Of the calling thread alone,
/// as Linux has it. `nicer`: than the process, whatever that was started with.
inline void lower_thread_priority(int nicer) {
  const auto thread = static_cast<id_t>(::gettid());
  ::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + nicer);
}

/// Gives way to all others, also on a disk whose scheduler knows priorities. The thread may stop
/// anywhere for long, so it must hold no lock that others take.
inline void make_thread_idle() {
  constexpr int kNicest = 19;
  constexpr int kOfThread = 1;         // IOPRIO_WHO_PROCESS
  constexpr int kIdleClass = 3 << 13;  // IOPRIO_CLASS_IDLE; glibc has no name for these.
  lower_thread_priority(kNicest);
  ::syscall(SYS_ioprio_set, kOfThread, 0, kIdleClass);
}

}  // namespace hapax
