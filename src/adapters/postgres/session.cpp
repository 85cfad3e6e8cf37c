// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/session.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "adapters/postgres/errors.hpp"

namespace hapax::postgres {
namespace {

/// The server's own time limit should come first: it says more.
constexpr std::chrono::milliseconds kGrace{2'000};

void ignore_notice(void* /*nobody*/, const PGresult* /*notice*/) {}

/// Returns false when nothing of it came in time.
bool wait_for(int socket, short events, std::chrono::milliseconds wait_max) {
  pollfd waited{.fd = socket, .events = events, .revents = 0};
  return ::poll(&waited, 1, static_cast<int>(std::max<std::int64_t>(wait_max.count(), 0))) > 0;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const PostgresSettings& settings, const Texts& texts,
                                               Greeting::Who who) {
  const ConnectOptions options(settings);
  ConnectionHandle connection(PQconnectdbParams(options.keywords(), options.values(), 1));
  if (!connection) {
    return unavailable("connect", "there is no memory", settings);
  }
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return error_of("connect", *connection, settings);
  }
  PQsetNoticeReceiver(connection.get(), ignore_notice, nullptr);
  PQsetnonblocking(connection.get(), 1);
  std::unique_ptr<Session> session(new Session(settings, std::move(connection)));
  HAPAX_TRY(session->greet(texts, who));
  return session;
}

Result<void> Session::greet(const Texts& texts, Greeting::Who who) {
  Greeting greeting(settings_, texts, who);
  while (const auto question = greeting.question(*connection_)) {
    const auto end = Clock::now() + settings_.answer_timeout + kGrace;
    if (PQsendQuery(connection_.get(), question->c_str()) == 0) {
      return fail(error_of("connect", *connection_, settings_));
    }
    while (true) {
      HAPAX_ASSIGN(const ResultHandle answer, next_answer("connect", end));
      if (!answer) {
        break;
      }
      HAPAX_TRY(greeting.take(*answer));
    }
    HAPAX_TRY(greeting.finish_question());
  }
  return {};
}

Result<ResultHandle> Session::ask(const std::string& what, const Question& question) {
  if (has_failed_) {
    return unavailable(what, "the connection was lost", settings_);
  }
  const std::string* text = &question.text();
  if (!prepared_.contains(text)) {
    HAPAX_TRY(prepare(what, *text));
    prepared_.insert(text);
  }
  if (question.send_prepared(*connection_, fmt::format("{}", fmt::ptr(text))) == 0) {
    return fail(error_of(what, *connection_, settings_));
  }
  return only_answer(what);
}

Result<void> Session::prepare(const std::string& what, const std::string& text) {
  const std::string name = fmt::format("{}", fmt::ptr(&text));
  if (PQsendPrepare(connection_.get(), name.c_str(), text.c_str(), 0, nullptr) == 0) {
    return fail(error_of(what, *connection_, settings_));
  }
  HAPAX_TRY(only_answer(what));
  return {};
}

Result<ResultHandle> Session::only_answer(const std::string& what) {
  const auto end = Clock::now() + settings_.answer_timeout + kGrace;
  HAPAX_ASSIGN(ResultHandle answer, next_answer(what, end));
  while (answer) {
    HAPAX_ASSIGN(const ResultHandle more, next_answer(what, end));
    if (!more) {
      break;
    }
  }
  if (!answer) {
    return fail(error_of(what, *connection_, settings_));
  }
  if (!is_done(*answer)) {
    Error error = error_of(what, *answer, settings_);
    return says_that_tables_are_gone(*answer) ? fail(std::move(error)) : std::move(error);
  }
  return answer;
}

Result<ResultHandle> Session::next_answer(const std::string& what, Clock::time_point end) {
  while (true) {
    const int left = PQflush(connection_.get());
    if (left == 0 && PQisBusy(connection_.get()) == 0) {
      return ResultHandle(PQgetResult(connection_.get()));
    }
    const auto wait_max = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left < 0) {
      return fail(error_of(what, *connection_, settings_));
    }
    if (!wait_for(PQsocket(connection_.get()),
                  static_cast<short>(left > 0 ? POLLIN | POLLOUT : POLLIN), wait_max)) {
      return fail(unavailable(what, "there was no answer in time", settings_));
    }
    if (PQconsumeInput(connection_.get()) == 0 && PQisBusy(connection_.get()) != 0) {
      return fail(error_of(what, *connection_, settings_));
    }
  }
}

Error Session::fail(Error error) {
  has_failed_ = true;
  return error;
}

bool Session::is_usable() const {
  // What can be read while nothing was asked is the server's farewell.
  return !has_failed_ && PQstatus(connection_.get()) == CONNECTION_OK &&
         PQtransactionStatus(connection_.get()) == PQTRANS_IDLE &&
         !wait_for(PQsocket(connection_.get()), POLLIN, std::chrono::milliseconds(0));
}

}  // namespace hapax::postgres
