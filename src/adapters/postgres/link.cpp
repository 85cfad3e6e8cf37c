// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/link.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "adapters/postgres/errors.hpp"

namespace hapax::postgres {
namespace {

/// The server's own time limit should come first: it says more.
constexpr std::chrono::milliseconds kGrace{2'000};

void ignore_notice(void* /*nobody*/, const PGresult* /*notice*/) {}

}  // namespace

std::optional<Link::Lost> Link::run(std::chrono::milliseconds wait_max) {
  if (phase_ == Phase::kAway && Clock::now() >= deadline_) {
    start_attempt();
  }
  if (!lost_ && wait(wait_max)) {
    switch (phase_) {
      case Phase::kAway:
        break;
      case Phase::kConnecting:
        go_on_connecting();
        break;
      case Phase::kGreeting:
        go_on_greeting();
        break;
      case Phase::kReady:
        exchange();
        break;
    }
  }
  check_deadline();
  return std::exchange(lost_, std::nullopt);
}

void Link::start_attempt() {
  const ConnectOptions options(settings_, turn_);
  phase_ = Phase::kConnecting;
  deadline_ = Clock::now() + settings_.connect_timeout;
  connecting_ = PGRES_POLLING_WRITING;
  connection_.reset(PQconnectStartParams(options.keywords(), options.values(), 1));
  if (!connection_ || PQstatus(connection_.get()) == CONNECTION_BAD) {
    give_up(connection_error("connect"));
    return;
  }
  PQsetNoticeReceiver(connection_.get(), ignore_notice, nullptr);
}

void Link::go_on_connecting() {
  connecting_ = PQconnectPoll(connection_.get());
  if (connecting_ == PGRES_POLLING_FAILED) {
    give_up(connection_error("connect"));
  } else if (connecting_ == PGRES_POLLING_OK) {
    start_greeting();
  }
}

void Link::start_greeting() {
  phase_ = Phase::kGreeting;
  deadline_ = Clock::now() + settings_.answer_timeout + kGrace;
  greeting_.emplace(settings_, texts_, Greeting::Who::kPublisher);
  if (PQsetnonblocking(connection_.get(), 1) != 0) {
    give_up(connection_error("connect"));
    return;
  }
  ask_greeting();
}

void Link::ask_greeting() {
  const auto question = greeting_->question(*connection_);
  if (question) {
    if (PQsendQuery(connection_.get(), question->c_str()) == 0) {
      give_up(connection_error("connect"));
      return;
    }
    flush();
    return;
  }
  if (PQenterPipelineMode(connection_.get()) == 0) {
    give_up(connection_error("connect"));
    return;
  }
  phase_ = Phase::kReady;
  deadline_ = Clock::time_point::max();
  attempts_ = 0;
  is_flushed_ = true;
}

void Link::go_on_greeting() {
  flush();
  if (phase_ == Phase::kGreeting && PQconsumeInput(connection_.get()) == 0) {
    give_up(connection_error("connect"));
  }
  while (phase_ == Phase::kGreeting && PQisBusy(connection_.get()) == 0) {
    const ResultHandle answer(PQgetResult(connection_.get()));
    const Result<void> taken = answer ? greeting_->take(*answer) : greeting_->finish_question();
    if (!taken) {
      give_up(taken.error());
    } else if (!answer) {
      ask_greeting();
    }
  }
}

void Link::ask(std::vector<Asked> questions) {
  for (Asked& asked : questions) {
    if (phase_ != Phase::kReady) {
      return;
    }
    if (asked.question.send(*connection_) == 0) {
      give_up(connection_error("ask"));
      return;
    }
    awaited_.push_back(std::move(asked.answer));
  }
  if (PQpipelineSync(connection_.get()) == 0) {
    give_up(connection_error("ask"));
    return;
  }
  awaited_.emplace_back();
  deadline_ = Clock::now() + settings_.answer_timeout + kGrace;
  flush();
}

void Link::exchange() {
  flush();
  if (phase_ != Phase::kReady) {
    return;
  }
  if (PQconsumeInput(connection_.get()) == 0) {
    take_answers();  // What came before the end says more than the end.
    if (phase_ == Phase::kReady) {
      give_up(connection_error("go on"));
    }
    return;
  }
  take_answers();
}

void Link::take_answers() {
  bool was_nothing = false;
  while (phase_ == Phase::kReady && !awaited_.empty() && PQisBusy(connection_.get()) == 0) {
    const ResultHandle answer(PQgetResult(connection_.get()));
    if (!answer) {
      if (std::exchange(was_nothing, true)) {
        return;  // One parts answers; two are the end of what is here.
      }
      continue;
    }
    was_nothing = false;
    if (PQstatus(connection_.get()) == CONNECTION_BAD || says_that_tables_are_gone(*answer)) {
      give_up(error_of("go on", *answer, settings_));
      return;
    }
    const Answer call = std::exchange(awaited_.front(), nullptr);
    awaited_.pop_front();
    deadline_ = awaited_.empty() ? Clock::time_point::max()
                                 : Clock::now() + settings_.answer_timeout + kGrace;
    if (call) {
      call(*answer);
    }
  }
}

void Link::flush() {
  const int left = PQflush(connection_.get());
  if (left < 0) {
    give_up(connection_error("send"));
    return;
  }
  is_flushed_ = left == 0;
}

void Link::give_up(Error error) {
  lost_ = Lost{.error = std::move(error), .was_ready = phase_ == Phase::kReady};
  connection_.reset();
  greeting_.reset();
  awaited_.clear();
  is_flushed_ = true;
  phase_ = Phase::kAway;
  deadline_ = Clock::now() + pause();
}

void Link::check_deadline() {
  if (phase_ == Phase::kAway || Clock::now() < deadline_) {
    return;
  }
  ++turn_;
  give_up(unavailable(phase_ == Phase::kReady ? "go on" : "connect", "there was no answer in time",
                      settings_));
}

Error Link::connection_error(const std::string& what) const {
  return connection_ ? error_of(what, *connection_, settings_)
                     : unavailable(what, "there is no memory", settings_);
}

/// From half of it to all of it, so that those that lost their connections together do not come
/// back together.
std::chrono::milliseconds Link::pause() {
  constexpr int kDoublingsMax = 20;
  const auto longest =
      std::min(settings_.retry_pause_max,
               settings_.retry_pause_min * (std::int64_t{1} << std::min(attempts_, kDoublingsMax)));
  ++attempts_;
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return std::chrono::milliseconds(half + random_.next() % (half + 1));
}

Link::Wanted Link::wanted() const {
  switch (phase_) {
    case Phase::kAway:
      return Wanted::kNothing;
    case Phase::kConnecting:
      return connecting_ == PGRES_POLLING_READING ? Wanted::kRead : Wanted::kWrite;
    case Phase::kGreeting:
    case Phase::kReady:
      break;
  }
  return is_flushed_ ? Wanted::kRead : Wanted::kBoth;
}

/// Whether something can be done on the connection.
bool Link::wait(std::chrono::milliseconds wait_max) const {
  const auto now = Clock::now();
  if (deadline_ != Clock::time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - now);
    wait_max = std::clamp(left, std::chrono::milliseconds(0), wait_max);
  }
  const Wanted what = wanted();
  pollfd waited{};
  waited.fd = what == Wanted::kNothing ? -1 : PQsocket(connection_.get());
  waited.events = static_cast<short>((what != Wanted::kWrite ? POLLIN : 0) |
                                     (what != Wanted::kRead ? POLLOUT : 0));
  return ::poll(&waited, 1, static_cast<int>(wait_max.count())) > 0;
}

}  // namespace hapax::postgres
