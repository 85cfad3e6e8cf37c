// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/kernel_clock.hpp"

#include <sys/timex.h>

namespace hapax {

bool kernel_clock_is_synchronised() {
  timex state{};  // No modes: it only reads.
  const int answer = adjtimex(&state);
  return answer >= 0 && answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace hapax
