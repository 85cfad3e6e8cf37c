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

/// Gives way to all others, also on a disk whose scheduler knows priorities; there as the last of
/// those that are served in time, since a sync of others may have to wait for what this one writes.
/// The thread may stop anywhere for long, so it must hold no lock that others take.
inline void make_thread_idle() {
  constexpr int kNicest = 19;
  constexpr int kOfThread = 1;        // IOPRIO_WHO_PROCESS; glibc has no names for these.
  constexpr int kLast = 2 << 13 | 7;  // The lowest of IOPRIO_CLASS_BE.
  lower_thread_priority(kNicest);
  ::syscall(SYS_ioprio_set, kOfThread, 0, kLast);
}

}  // namespace hapax
