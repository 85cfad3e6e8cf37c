// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>

#include "adapters/postgres/greeting.hpp"
#include "adapters/postgres/handles.hpp"
#include "adapters/postgres/question.hpp"
#include "adapters/postgres/settings.hpp"
#include "core/result.hpp"

namespace hapax::postgres {

/// A connection whose calls wait for the answer.
/// Threading: one owner. Lifetime: `settings` must outlive it.
class Session {
 public:
  /// Connects and greets. Errors: as Greeting.
  static Result<std::unique_ptr<Session>> open(const PostgresSettings& settings, const Texts& texts,
                                               Greeting::Who who);

  /// The answer, which is_done(). `what` is for the message. The statement is prepared when it is
  /// asked first. Errors: kUnavailable, the server's, or no answer in time.
  Result<ResultHandle> ask(const std::string& what, const Question& question);
  /// False when nothing can be asked any more, as far as is known.
  bool is_usable() const;

 private:
  using Clock = std::chrono::steady_clock;

  Session(const PostgresSettings& settings, ConnectionHandle connection)
      : settings_(settings), connection_(std::move(connection)) {}

  Result<void> greet(const Texts& texts, Greeting::Who who);
  Result<void> prepare(const std::string& what, const std::string& text);
  Result<ResultHandle> only_answer(const std::string& what);
  /// The next one, or nothing behind the last one.
  Result<ResultHandle> next_answer(const std::string& what, Clock::time_point end);
  Error fail(Error error);

  const PostgresSettings& settings_;
  ConnectionHandle connection_;
  bool has_failed_ = false;
  std::set<const std::string*> prepared_;  // By their texts' places.
};

}  // namespace hapax::postgres
