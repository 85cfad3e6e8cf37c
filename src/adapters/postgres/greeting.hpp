// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/handles.hpp"
#include "adapters/postgres/settings.hpp"
#include "adapters/postgres/texts.hpp"
#include "core/result.hpp"

namespace hapax::postgres {

/// What libpq connects by. Of several hosts the one of number `turn`, modulo how many there are, is
/// tried first: whoever gives up an attempt because one of them says nothing begins with the next.
class ConnectOptions {
 public:
  explicit ConnectOptions(const PostgresSettings& settings, std::size_t turn = 0);

  const char* const* keywords() const { return keywords_.data(); }
  const char* const* values() const { return values_.data(); }

 private:
  const std::string connection_;
  const std::string timeout_;  // In seconds; of those that wait for a connection.
  std::vector<std::pair<std::string, std::string>> turned_;  // Lists in another order.
  std::vector<const char*> keywords_;
  std::vector<const char*> values_;
};

/// What is said first on each connection: how the session is to be, then whether the tables are
/// there, of this format and cluster. A publisher makes them where there are none.
/// It asks nothing itself: whoever has the connection does, and gives it each answer.
/// Lifetime: `settings` and `texts` must outlive it.
class Greeting {
 public:
  enum class Who { kPublisher, kReader };

  Greeting(const PostgresSettings& settings, const Texts& texts, Who who)
      : settings_(settings), texts_(texts), who_(who) {}

  /// Statements to be asked together by PQsendQuery(); nothing: the session is ready.
  std::optional<std::string> question(PGconn& connection) const;
  /// Each answer to a statement of a question, then once that it was the last.
  /// Errors: kInvalid, what is there is of another cluster or format; kUnavailable.
  Result<void> take(const PGresult& answer);
  Result<void> finish_question();

 private:
  enum class Step { kLook, kCreate, kCheck, kDone };

  std::string session() const;
  Result<void> check() const;

  const PostgresSettings& settings_;
  const Texts& texts_;
  const Who who_;
  Step step_ = Step::kLook;
  std::vector<std::string> row_;  // The last one that an answer had.
};

}  // namespace hapax::postgres
