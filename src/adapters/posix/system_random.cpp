// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/system_random.hpp"

#include <sys/random.h>

#include <cstdlib>

namespace hapax {

std::uint64_t SystemRandom::next() {
  std::uint64_t bits = 0;
  // Up to 256 bytes come at once and never fail once the generator is seeded, which it is at boot.
  if (::getrandom(&bits, sizeof(bits), 0) != static_cast<ssize_t>(sizeof(bits))) {
    std::abort();
  }
  return bits;
}

}  // namespace hapax
