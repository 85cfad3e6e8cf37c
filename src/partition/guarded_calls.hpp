// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "core/result.hpp"
#include "ports/clock.hpp"

namespace hapax {

/// Calls of one kind, of somebody who may go before they are answered. Lifetime: whoever is told
/// goes with it.
class GuardedCalls {
 public:
  /// What `done` is told, unless this is gone by then.
  template <typename Answer>
  std::function<void(Answer)> guarded(std::function<void(Answer)> done) {
    return [this, alive = alive(), done = std::move(done)](Answer answer) {
      if (!alive.expired()) {
        trouble_ = answer ? std::nullopt : std::optional(answer.error());
        done(std::move(answer));
      }
    };
  }
  /// Of the last answer, when it was an error.
  const std::optional<Error>& trouble() const { return trouble_; }
  /// Expired: this is gone. Any thread may look.
  std::weak_ptr<const bool> alive() const { return alive_; }

 private:
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::optional<Error> trouble_;
};

/// The same, whose errors are told late: the first after kPauseMin, each further one in a row after
/// twice as long, up to kPauseMax. So whoever calls again at once does not overrun what has
/// trouble. Answers may come in another order than the calls. Those of several kinds that go to one
/// store share its trouble. Lifetime: `clock` and `trouble` must outlive it.
class PacedCalls {
 public:
  static constexpr std::chrono::nanoseconds kPauseMin = std::chrono::milliseconds(20);
  static constexpr std::chrono::nanoseconds kPauseMax = std::chrono::seconds(10);

  /// `trouble`: gets the last answer's, when it was an error.
  PacedCalls(const Clock& clock, std::optional<Error>& trouble)
      : clock_(clock), trouble_(trouble) {}

  template <typename Answer>
  std::function<void(Answer)> guarded(std::function<void(Answer)> done) {
    return calls_.guarded(
        std::function<void(Answer)>([this, done = std::move(done)](Answer answer) {
          trouble_ = answer ? std::nullopt : std::optional(answer.error());
          if (answer) {
            pause_ = {};
            return done(std::move(answer));
          }
          pause_ = std::clamp(2 * pause_, kPauseMin, kPauseMax);
          late_.push_back({.due = clock_.monotonic() + pause_,
                           .tell = [done, error = answer.error()] { done(error); }});
        }));
  }
  /// Tells errors that are due.
  void step() {
    while (!late_.empty() && late_.front().due <= clock_.monotonic()) {
      const auto tell = std::move(late_.front().tell);
      late_.pop_front();
      tell();
    }
  }

 private:
  struct Late {
    std::chrono::nanoseconds due;
    std::function<void()> tell;
  };

  const Clock& clock_;
  std::optional<Error>& trouble_;
  GuardedCalls calls_;
  std::chrono::nanoseconds pause_{0};
  std::deque<Late> late_;
};

}  // namespace hapax
