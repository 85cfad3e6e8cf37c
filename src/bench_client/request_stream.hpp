// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bench_client/event_loop.hpp"
#include "bench_client/latency_histogram.hpp"
#include "bench_client/load_connection.hpp"

namespace hapax::bench {

/// When requests are sent.
struct Pace {
  /// Open loop: request n is meant for start + n * interval, whatever became of those before it.
  /// Empty: closed loop, each connection sends again as soon as it has its answer.
  std::optional<std::chrono::nanoseconds> interval;
  std::uint64_t requests_max = 0;
  /// Closed loop: no request is sent later than this after the first.
  std::chrono::nanoseconds time_max = std::chrono::nanoseconds::max();
};

/// What became of the requests.
struct Tally {
  std::uint64_t requests = 0;
  std::uint64_t acknowledged = 0;               ///< Events.
  std::uint64_t rejected = 0;                   ///< Events: stored as dead letters.
  std::map<std::string, std::uint64_t> errors;  ///< Requests without a 200, by status.
  LatencyHistogram latency;                     ///< From the intended time to the whole answer.
  std::chrono::nanoseconds began{};
  std::chrono::nanoseconds ended{};  ///< Of the last answer.
};

/// Sends requests over a number of connections at one pace. A request whose time has come while no
/// connection is free waits, and its latency grows. Threading: that of the loop.
class RequestStream : public Timed {
 public:
  /// Where an open loop gives up: this far behind its plan, the rate cannot be kept.
  static constexpr std::chrono::seconds kBehindMax{20};
  static constexpr std::chrono::seconds kAnswerWaitMax{30};

  struct Settings {
    Target target;
    std::size_t connections = 32;
    std::size_t events_per_request = 100;
    Pace pace;
  };

  /// Connects. `source`, `loop` and `clock` must outlive it. Errors: see connect_to.
  static Result<std::unique_ptr<RequestStream>> open(const Settings& settings,
                                                     RequestSource& source, EventLoop& loop,
                                                     const Clock& clock);

  /// Errors: kUnavailable, the server is gone or too slow for the pace.
  Result<std::chrono::nanoseconds> advance(std::chrono::nanoseconds now) override;
  bool finished() const override { return no_more_ && idle_.size() == slots_.size(); }

  /// The planned time of request `number` of an open loop; after the first advance().
  std::chrono::nanoseconds intended(std::uint64_t number) const;
  /// Sends no more; what is under way is still waited for.
  void stop() { no_more_ = true; }
  const Tally& tally() const { return tally_; }

 private:
  struct Slot : Watcher {
    Slot(RequestStream& owner, std::size_t number, LoadConnection connection)
        : stream(owner), index(number), connection(std::move(connection)) {}
    Result<void> on_ready() override { return stream.on_ready(*this); }

    RequestStream& stream;
    const std::size_t index;
    LoadConnection connection;
    std::chrono::nanoseconds intended{};
  };

  RequestStream(const Settings& settings, RequestSource& source, EventLoop& loop,
                const Clock& clock);

  Result<void> connect_all();
  Result<void> send(Slot& slot, std::chrono::nanoseconds intended);
  Result<void> on_ready(Slot& slot);
  Result<void> reconnect(Slot& slot);
  void count(const Reply& reply, std::chrono::nanoseconds intended);
  bool over(std::chrono::nanoseconds now) const;
  Result<void> check_progress(std::chrono::nanoseconds now) const;

  const Settings settings_;
  RequestSource& source_;
  EventLoop& loop_;
  const Clock& clock_;
  std::deque<Slot> slots_;
  std::deque<Slot*> idle_;  // In turn, so that all connections carry the load.
  std::optional<std::chrono::nanoseconds> start_;
  std::chrono::nanoseconds waiting_since_{};  // The first of the requests under way, or later.
  bool no_more_ = false;
  Tally tally_;
};

}  // namespace hapax::bench
