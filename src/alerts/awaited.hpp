// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "core/mutex.hpp"
#include "core/result.hpp"

namespace hapax {

/// How long an alert waits for an answer of its own server.
constexpr std::chrono::seconds kAnswerMax{5};

/// What `ask` answers through its callback, in a time of kAnswerMax; a later answer is lost.
/// Errors: those of the answer; kTimedOut.
template <typename T>
Result<T> await(const std::function<void(std::function<void(Result<T>)>)>& ask) {
  struct Answer {
    Mutex mutex;
    CondVar came;
    std::optional<Result<T>> result HAPAX_GUARDED_BY(mutex);
  };
  const auto answer = std::make_shared<Answer>();
  ask([answer](Result<T> result) {
    const MutexLock lock(answer->mutex);
    answer->result = std::move(result);
    answer->came.notify_all();
  });
  const MutexLock lock(answer->mutex);
  const bool has_come = answer->came.wait_for(
      answer->mutex, kAnswerMax,
      [&]() HAPAX_REQUIRES(answer->mutex) { return answer->result.has_value(); });
  if (!has_come) {
    return Error{ErrorKind::kTimedOut, "the server did not answer itself within 5 seconds"};
  }
  return std::move(*answer->result);
}

}  // namespace hapax
