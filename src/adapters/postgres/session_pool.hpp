// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "adapters/postgres/session.hpp"
#include "adapters/postgres/settings.hpp"
#include "adapters/postgres/texts.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"

namespace hapax::postgres {

/// Connections of a reader: made when they are needed, used again, and let go when they are lost.
/// Threading: all calls may run at the same time.
class SessionPool {
 public:
  /// A session for the time of a read. It goes back if nothing is under way on it.
  /// Lifetime: the pool must outlive it.
  class Lease {
   public:
    Lease(SessionPool& pool, std::unique_ptr<Session> session)
        : pool_(&pool), session_(std::move(session)) {}
    ~Lease();
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), session_(std::move(other.session_)) {}
    Lease& operator=(Lease&&) = delete;

    Session* operator->() const { return session_.get(); }
    Session& operator*() const { return *session_; }

   private:
    friend class SessionPool;

    SessionPool* pool_;  // Nothing once it was moved from.
    std::unique_ptr<Session> session_;
  };

  explicit SessionPool(PostgresSettings settings)
      : settings_(std::move(settings)), texts_(settings_.schema) {}

  /// Waits while all of them are in use. Errors: kUnavailable, it cannot connect, or none is free
  /// in time; kInvalid, what is there is of another cluster or format.
  Result<Lease> take();

  const PostgresSettings& settings() const { return settings_; }
  const Texts& texts() const { return texts_; }

 private:
  void give_back(std::unique_ptr<Session> session);

  const PostgresSettings settings_;
  const Texts texts_;
  Mutex mutex_;
  CondVar one_is_free_;
  std::size_t in_use_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Session>> idle_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax::postgres
