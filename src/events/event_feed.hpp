// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "dedup/verdict_log.hpp"
#include "events/event_listener.hpp"
#include "events/event_verdict.hpp"
#include "events/raw_event_filter.hpp"
#include "events/recent_firsts.hpp"
#include "http/http.hpp"
#include "ports/clock.hpp"
#include "ports/log_source.hpp"

namespace hapax {

struct EventFeedSettings {
  std::size_t streams_limit = 100;
  EventListenerSettings listener = {};
  /// So long an event waits for what dedup decides of it; then it is shown as pending.
  std::chrono::milliseconds verdict_wait{200};
  /// Between two looks whether it is decided.
  std::chrono::milliseconds verdict_look{1};
  /// Records, and their bytes, that wait for it; beyond either no more are read.
  std::size_t undecided_max = 100'000;
  std::size_t undecided_bytes_max = 32U << 20U;
  /// Who is further behind the end of the log goes on there.
  std::uint64_t behind_max = 200'000;
  std::size_t firsts_max = 200'000;  ///< Ids whose first record is known.
  std::chrono::milliseconds keep_alive{15'000};
};

struct EventFeedStats {
  std::uint64_t streams = 0;      ///< Open or being opened.
  std::uint64_t passed_over = 0;  ///< Records, since the start: reading was too far behind.
};

/// Shows raw events as they come to server-sent event streams: durable ones, with what dedup
/// decided of them. The log is read once for all streams, from the moment on at which the first one
/// is there, and not at all without.
/// Threading: all calls may run at the same time; reading is done by a thread of the feed's own.
/// Lifetime: what is passed must outlive it, and the log must be there until stop() has returned.
class EventFeed {
 public:
  /// `seed`: of event_key().
  EventFeed(const EventFeedSettings& settings, LogSource& log, VerdictLog& verdicts,
            const Clock& clock, std::uint64_t seed);
  ~EventFeed() { stop(); }

  /// Answers with a stream of what `filter` asks for, or 503 streams_limit. Its first frame, which
  /// may have no events, says that from then on none is missing.
  void open(RawEventFilter filter, const HttpHandler::Respond& respond);

  /// Ends the thread: streams get nothing more.
  void stop();

  EventFeedStats stats() const;

 private:
  using Listeners = std::vector<std::shared_ptr<EventListener>>;
  using Time = std::chrono::nanoseconds;  ///< Monotonic.
  struct Undecided {
    EventAddress at;
    std::string record;
    Time read_at;
  };

  bool admit(const std::shared_ptr<EventListener>& listener);
  void attach(const std::shared_ptr<EventListener>& listener,
              const std::shared_ptr<HttpStream>& stream);
  void wake();

  // Of the thread.
  void run();
  bool wait();
  void go_round(const Listeners& listeners);
  Listeners gather();
  Result<void> read_on(const Listeners& listeners, Time now);
  Result<void> begin_reading();
  Result<void> pass_over(const Listeners& listeners);
  Result<void> take(const LogBatch& batch, Time now);
  Result<void> show(const Listeners& listeners, Time now);
  void show(const EventAddress& at, const EventView& event, EventVerdict verdict,
            const Listeners& listeners, Time now);
  void give_up(const Listeners& listeners, const EventListener::Entry& last) noexcept;
  void forget();
  void plan(const Listeners& listeners);

  const EventFeedSettings settings_;
  LogSource& log_;
  VerdictLog& verdict_log_;
  const Clock& clock_;
  const std::uint64_t seed_;

  std::atomic<bool> is_reading_{false};  ///< There is somebody to be woken for.
  mutable Mutex mutex_;
  CondVar wake_;
  std::vector<std::weak_ptr<EventListener>> listeners_ HAPAX_GUARDED_BY(mutex_);
  bool woken_ HAPAX_GUARDED_BY(mutex_) = false;
  bool stopping_ HAPAX_GUARDED_BY(mutex_) = false;
  std::atomic<std::uint64_t> passed_over_{0};

  // Of the thread.
  std::unique_ptr<LogReader> reader_;  ///< Null: nobody listens.
  EventVerdicts verdicts_;
  RecentFirsts firsts_;
  std::vector<Offset> read_until_;  ///< By partition.
  std::deque<Undecided> undecided_;
  std::size_t undecided_bytes_ = 0;
  Time keep_alive_next_;
  Time wake_at_{};
  const EventListener::Entry out_of_memory_;

  NotifyId durable_;
  Mutex stop_mutex_;
  std::thread thread_ HAPAX_GUARDED_BY(stop_mutex_);  ///< Last: runs on all of the above.
};

}  // namespace hapax
