// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>

#include "api/under_way.hpp"
#include "dedup/verdict_log.hpp"
#include "events/event_feed.hpp"
#include "events/event_search.hpp"
#include "http/http.hpp"
#include "ports/clock.hpp"
#include "ports/log_source.hpp"
#include "read/answer_budget.hpp"
#include "read/task_pool.hpp"

namespace hapax {

struct EventRoutesSettings {
  EventFeedSettings feed = {};
  EventSearchSettings search = {};
  std::size_t searches_limit = 32;  ///< Under way or waiting, one after the other.
};

/// The routes of raw events (docs/http-api.md): those of the newest log, and those that come.
/// Searches are done on a thread of their own, which gives way to others.
/// Threading: all calls may run at the same time. Lifetime: the parts must outlive it.
class EventRoutes {
 public:
  using Respond = HttpHandler::Respond;
  /// Where raw events are.
  struct Log {
    LogSource& source;
    VerdictLog& verdicts;
  };
  struct Parts {
    Log log;
    const Clock& clock;
    AnswerBudget& answers;
    std::uint64_t seed;  ///< Secret, of hashes of what clients choose.
  };

  EventRoutes(const EventRoutesSettings& settings, const Parts& parts);

  void search(const HttpRequest& request, const Respond& respond);
  void follow(const HttpRequest& request, const Respond& respond);

  /// Ends the searches that are left, which are answered so, and the streams. Before the log ends.
  void stop();

  EventFeedStats stats() const { return feed_.stats(); }

 private:
  Result<EventQuery> parse(const std::string& query) const;
  HttpResponse answer(const EventQuery& query);

  const EventRoutesSettings settings_;
  const Parts parts_;
  EventSearch search_;
  UnderWay searches_;
  std::stop_source stopping_;
  EventFeed feed_;
  TaskPool pool_{1, TaskPool::Priority::kLow};
};

}  // namespace hapax
