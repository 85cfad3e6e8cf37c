// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/greeting.hpp"
#include "adapters/postgres/handles.hpp"
#include "adapters/postgres/question.hpp"
#include "adapters/postgres/settings.hpp"
#include "core/result.hpp"
#include "ports/random.hpp"

namespace hapax::postgres {

/// A publisher's connection, in pipeline mode, that nobody waits for but in run(). One that is lost
/// is made again after a pause, which grows with each attempt that fails.
/// Threading: one owner. Lifetime: `settings`, `texts` and `random` must outlive it.
class Link {
 public:
  using Answer = std::function<void(const PGresult&)>;
  struct Asked {
    Question question;
    Answer answer;
  };
  /// What run() tells. `was_ready`: it was lost, and with it all answers that were awaited; else an
  /// attempt to connect failed.
  struct Lost {
    Error error;
    bool was_ready;
  };

  Link(const PostgresSettings& settings, const Texts& texts, Random& random)
      : settings_(settings), texts_(texts), random_(random) {}

  bool is_ready() const { return phase_ == Phase::kReady; }
  /// Whether all that was asked has left: only then should more be asked that is large.
  bool is_flushed() const { return is_flushed_; }
  /// Asks these, one after the other, and none behind one that fails: these are answered with
  /// PGRES_PIPELINE_ABORTED. Only when ready. The answers come in run().
  void ask(std::vector<Asked> questions);

  /// Connects, sends and receives what can be; waits up to `wait_max` for something to happen.
  std::optional<Lost> run(std::chrono::milliseconds wait_max);

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase { kAway, kConnecting, kGreeting, kReady };
  enum class Wanted { kNothing, kRead, kWrite, kBoth };

  void start_attempt();
  void go_on_connecting();
  void start_greeting();
  void ask_greeting();
  void go_on_greeting();
  void exchange();
  void take_answers();
  void flush();
  void give_up(Error error);
  void check_deadline();
  Error connection_error(const std::string& what) const;
  std::chrono::milliseconds pause();
  Wanted wanted() const;
  bool wait(std::chrono::milliseconds wait_max) const;

  const PostgresSettings& settings_;
  const Texts& texts_;
  Random& random_;
  Phase phase_ = Phase::kAway;
  /// When the next attempt begins, or when what is awaited has failed. Nothing is awaited: never.
  Clock::time_point deadline_ = Clock::now();
  int attempts_ = 0;      // That failed, since the last one that did not.
  std::size_t turn_ = 0;  // Of hosts, that begins an attempt.
  ConnectionHandle connection_;
  PostgresPollingStatusType connecting_ = PGRES_POLLING_WRITING;
  std::optional<Greeting> greeting_;
  bool is_flushed_ = true;
  std::deque<Answer> awaited_;  // In their order; without one: the end of those asked together.
  std::optional<Lost> lost_;
};

}  // namespace hapax::postgres
