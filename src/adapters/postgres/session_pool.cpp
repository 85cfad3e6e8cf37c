// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/session_pool.hpp"

#include <utility>

#include <fmt/format.h>

#include "adapters/postgres/errors.hpp"

namespace hapax::postgres {

SessionPool::Lease::~Lease() {
  if (pool_ != nullptr) {
    pool_->give_back(std::move(session_));
  }
}

Result<SessionPool::Lease> SessionPool::take() {
  {
    MutexLock lock(mutex_);
    const bool is_free = one_is_free_.wait_for(
        mutex_, settings_.answer_timeout,
        [this]() HAPAX_REQUIRES(mutex_) { return in_use_ < settings_.connections_max; });
    if (!is_free) {
      return unavailable("read",
                         fmt::format("all {} connections are in use", settings_.connections_max),
                         settings_);
    }
    ++in_use_;
    while (!idle_.empty()) {
      std::unique_ptr<Session> session = std::move(idle_.back());
      idle_.pop_back();
      if (session->is_usable()) {
        return Lease(*this, std::move(session));
      }
    }
  }
  Lease lease(*this, nullptr);
  HAPAX_ASSIGN(lease.session_, Session::open(settings_, texts_, Greeting::Who::kReader));
  return lease;
}

void SessionPool::give_back(std::unique_ptr<Session> session) {
  const MutexLock lock(mutex_);
  --in_use_;
  if (session && session->is_usable()) {
    idle_.push_back(std::move(session));
  }
  one_is_free_.notify_one();
}

}  // namespace hapax::postgres
