// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/s3/s3_answers.hpp"
#include "adapters/s3/s3_settings.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/clock.hpp"

namespace hapax {

struct S3Request {
  std::string method;
  std::string key;                 ///< Empty: of the bucket itself.
  SignedParts::Fields query = {};  ///< Not encoded.
  SignedParts::Fields headers = {};
  std::string body = {};
};

/// Signed requests to one bucket, many at once, on connections that are kept. A thread of its own
/// signs and sends them; callbacks run in poll(). A request that a kept connection swallows may be
/// sent twice.
/// Threading: one owner. Lifetime: `clock` must outlive it. What is on its way when it is destroyed
/// is given up, and not answered.
class S3Client {
 public:
  using Answered = std::function<void(S3Answer)>;

  /// Errors: kUnavailable, libcurl does not start.
  static Result<std::unique_ptr<S3Client>> start(S3Settings settings, const Clock& clock);
  ~S3Client();
  S3Client(const S3Client&) = delete;
  S3Client& operator=(const S3Client&) = delete;

  void send(S3Request request, Answered answered);
  /// Runs the callbacks of what was answered; if there are none, waits up to `wait_max` for one.
  void poll(std::chrono::milliseconds wait_max);

  const S3Settings& settings() const { return settings_; }

 private:
  class Transfer;
  struct Waiting {
    S3Request request;
    Answered answered;
  };
  struct Multi;

  S3Client(S3Settings settings, const Clock& clock, std::unique_ptr<Multi> multi);
  void run(const std::stop_token& stop);
  void begin_waiting();
  void take_finished();
  void answer(Answered answered, S3Answer answer);

  const S3Settings settings_;
  const Clock& clock_;
  const std::unique_ptr<Multi> multi_;
  std::map<void*, std::unique_ptr<Transfer>> running_;  // Of the thread, by handle.

  Mutex mutex_;
  CondVar has_answers_;
  std::deque<Waiting> waiting_ HAPAX_GUARDED_BY(mutex_);
  std::vector<std::pair<Answered, S3Answer>> answers_ HAPAX_GUARDED_BY(mutex_);

  std::jthread thread_;  // The last: it ends before what it uses.
};

}  // namespace hapax
