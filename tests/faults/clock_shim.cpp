// SPDX-License-Identifier: Apache-2.0
// Makes the clock of an unchanged program wrong: a library to preload.
//
//     LD_PRELOAD=.../libclock_shim.so HAPAX_CLOCK_FILE=clock hapax serve
//
// HAPAX_CLOCK_FILE   a file of two numbers, read at every look at the clock: by how many
// microseconds
//                    the wall clock is ahead, and 1 when the kernel calls it synchronised
//
// It makes system calls of its own: those of the C library may be a sanitizer's, which looks at the
// clock before it is ready for them.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#define HAPAX_INTERPOSED extern "C" __attribute__((visibility("default")))

namespace hapax {
namespace {

struct Wrong {
  long ahead_micros = 0;
  bool synchronised = false;
};

Wrong wrong() {
  Wrong wrong;
  const char* path = std::getenv("HAPAX_CLOCK_FILE");
  const auto file =
      path != nullptr ? ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
  if (file >= 0) {
    std::array<char, 64> text{};
    if (::syscall(SYS_read, file, text.data(), text.size() - 1) > 0) {
      char* rest = nullptr;
      wrong.ahead_micros = std::strtol(text.data(), &rest, 10);
      wrong.synchronised = std::strtol(rest, nullptr, 10) == 1;
    }
    ::syscall(SYS_close, file);
  }
  return wrong;
}

}  // namespace
}  // namespace hapax

HAPAX_INTERPOSED int clock_gettime(clockid_t clock, timespec* time) {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && clock == CLOCK_REALTIME) {
    constexpr long kSecond = 1'000'000;
    const long micros = hapax::wrong().ahead_micros + time->tv_nsec / 1'000;
    const long fraction = (micros % kSecond + kSecond) % kSecond;
    time->tv_sec += (micros - fraction) / kSecond;
    time->tv_nsec = fraction * 1'000 + time->tv_nsec % 1'000;
  }
  return result;
}

HAPAX_INTERPOSED int adjtimex(timex* state) {
  *state = {};
  const bool synchronised = hapax::wrong().synchronised;
  state->status = synchronised ? 0 : STA_UNSYNC;
  return synchronised ? TIME_OK : TIME_ERROR;
}
