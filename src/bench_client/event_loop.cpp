// SPDX-License-Identifier: Apache-2.0
#include "bench_client/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace hapax::bench {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kWaitMax = std::chrono::milliseconds(100);

Error system_error(const char* call) {
  return {.kind = ErrorKind::kInternal, .message = std::string(call) + ": " + std::strerror(errno)};
}

}  // namespace

Result<EventLoop> EventLoop::open() {
  // The kernel rounds waits up by 50 us unless told not to.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) {
    return system_error("epoll_create1");
  }
  return EventLoop(Socket(descriptor));
}

Result<void> EventLoop::watch(int descriptor, Watcher& watcher) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &watcher}};
  if (::epoll_ctl(epoll_.descriptor(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return system_error("epoll_ctl");
  }
  return {};
}

Result<void> EventLoop::run(const Clock& clock, const std::vector<Timed*>& parts) {
  while (true) {
    const auto now = clock.monotonic();
    auto next = now + kWaitMax;
    for (auto* part : parts) {
      HAPAX_ASSIGN(const auto wanted, part->advance(now));
      next = std::min(next, wanted);
    }
    if (std::all_of(parts.begin(), parts.end(), [](auto* part) { return part->finished(); })) {
      return {};
    }
    HAPAX_TRY(wait(std::max(next - clock.monotonic(), nanoseconds::zero())));
  }
}

Result<void> EventLoop::wait(nanoseconds timeout) {
  std::array<epoll_event, 64> events{};
  const auto whole = std::chrono::floor<std::chrono::seconds>(timeout);
  const timespec until{.tv_sec = whole.count(), .tv_nsec = (timeout - whole).count()};
  const int count =
      ::epoll_pwait2(epoll_.descriptor(), events.data(), events.size(), &until, nullptr);
  if (count < 0 && errno != EINTR) {
    return system_error("epoll_pwait2");
  }
  for (int i = 0; i < count; ++i) {
    HAPAX_TRY(static_cast<Watcher*>(events[static_cast<std::size_t>(i)].data.ptr)->on_ready());
  }
  return {};
}

}  // namespace hapax::bench
