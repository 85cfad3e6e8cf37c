// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "dedup/verdict_log.hpp"
#include "events/raw_event_filter.hpp"
#include "ports/clock.hpp"
#include "ports/log_source.hpp"

namespace hapax {

/// Which raw events of the log are looked for, the newest first.
struct EventQuery {
  RawEventFilter filter = {};
  std::optional<EventTime> from = {};  ///< Received at or after it.
  std::optional<EventTime> to = {};    ///< Received before it.
  std::size_t limit = 100;
  /// Only records below these offsets, by partition; empty: all. As EventPage::next.
  std::vector<Offset> before = {};
};

struct EventPage {
  std::vector<std::string> entries;  ///< JSON, see event_entry().
  /// Where the next page begins; nothing: there is none.
  std::optional<std::vector<Offset>> next;
  std::uint64_t records_searched = 0;
  std::optional<EventTime> searched_back_to;  ///< Received at, of the oldest of them.
  bool is_beginning_dropped = false;          ///< The log does not hold its first records any more.
};

struct EventSearchSettings {
  /// Of the records of a page, and of its entries, at least one; then the next page goes on.
  std::size_t page_bytes = 4U << 20U;
  /// Of work; the file of the log that is being read is read to its end.
  std::chrono::milliseconds page_time{250};
  /// Likewise, for the records of which those of a page are copies.
  std::chrono::milliseconds firsts_time{250};
};

/// Searches the log backwards, file by file.
/// Threading: one owner, or calls that do not overlap. Lifetime: what is passed must outlive it.
class EventSearch {
 public:
  /// `seed`: of event_key().
  EventSearch(const EventSearchSettings& settings, LogSource& log, VerdictLog& verdicts,
              const Clock& clock, std::uint64_t seed)
      : settings_(settings), log_(log), verdicts_(verdicts), clock_(clock), seed_(seed) {}

  /// Errors: kInvalid, `before` is of another log; kCorrupt; kClosed, `stop` was requested; those
  /// of the log.
  Result<EventPage> page(const EventQuery& query, std::stop_token stop = {}) const;

 private:
  class Run;

  const EventSearchSettings settings_;
  LogSource& log_;
  VerdictLog& verdicts_;
  const Clock& clock_;
  const std::uint64_t seed_;
};

}  // namespace hapax
