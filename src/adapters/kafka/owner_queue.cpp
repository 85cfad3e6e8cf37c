// SPDX-License-Identifier: Apache-2.0
#include "adapters/kafka/owner_queue.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace hapax::kafka {

Result<std::unique_ptr<WakeUp>> WakeUp::open() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    return Error{ErrorKind::kExhausted,
                 "cannot open an event descriptor: " + std::generic_category().message(errno), "",
                 Resource::kSystem};
  }
  return std::unique_ptr<WakeUp>(new WakeUp(fd));
}

WakeUp::~WakeUp() {
  ::close(fd_);
}

void WakeUp::wake() {
  const std::uint64_t one = 1;
  // It fails only where it is readable already.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof(one));
}

void WakeUp::clear() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(fd_, &count, sizeof(count));  // Or nobody woke it.
}

bool WakeUp::wait(std::chrono::milliseconds timeout) const {
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(timeout.count())) > 0;
}

void OwnerQueue::post(std::function<void()> act) {
  {
    const MutexLock lock(mutex_);
    acts_.push_back(std::move(act));
  }
  wake_up_.wake();
}

std::size_t OwnerQueue::run() {
  std::vector<std::function<void()>> acts;
  {
    const MutexLock lock(mutex_);
    acts.swap(acts_);
  }
  for (const auto& act : acts) {
    act();
  }
  return acts.size();
}

}  // namespace hapax::kafka
