// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

namespace hapax {

/// Names the calling thread, for `top -H`, debuggers and measurements. `name`: 15 bytes at most.
inline void name_thread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

}  // namespace hapax
