// SPDX-License-Identifier: Apache-2.0
#include "events/event_search.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "events/event_entry.hpp"
#include "events/first_finder.hpp"
#include "events/log_slice.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

/// A record that is shown.
struct Match {
  EventAddress at;
  std::string record;
  EventVerdict verdict;
  std::vector<Offset> cut;  ///< The page goes on below it.
};

/// What was found in one file.
struct Found {
  std::deque<Match> matches = {};  ///< The newest ones, which come last.
  std::size_t bytes = 0;           ///< Of their records.
  bool is_cut = false;             ///< There are more below.
  std::optional<EventTime> oldest = {};
  std::optional<EventTime> newest = {};

  void look_at(EventTime received) {
    oldest = std::min(oldest.value_or(received), received);
    newest = std::max(newest.value_or(received), received);
  }
  void keep(Match match, std::size_t count_max, std::size_t bytes_max) {
    bytes += match.record.size();
    matches.push_back(std::move(match));
    while (matches.size() > count_max || (bytes > bytes_max && matches.size() > 1)) {
      bytes -= matches.front().record.size();
      matches.pop_front();
      is_cut = true;
    }
  }
};

bool is_in_time(const EventQuery& query, const EventView& event) {
  const EventTime received = as_event_time(event.received_at);
  return (!query.from || received >= *query.from) && (!query.to || received < *query.to);
}

Result<void> check_offsets(const std::vector<Offset>& before, const LogSource& log) {
  if (!std::ranges::equal(before, log.end_offsets(), std::ranges::less_equal())) {
    return Error{ErrorKind::kInvalid, "the cursor is of another log",
                 "begin again without a cursor"};
  }
  return {};
}

}  // namespace

/// One page in the making.
class EventSearch::Run {
 public:
  Run(const EventSearch& search, const EventQuery& query, std::vector<Offset> before,
      std::stop_token stop)
      : search_(search),
        query_(query),
        stop_(std::move(stop)),
        verdicts_(search.verdicts_),
        until_(search.clock_.monotonic() + search.settings_.page_time),
        before_(std::move(before)) {}

  Result<EventPage> page() {
    while (has_records_below(before_, search_.log_) && !is_over_) {
      if (is_full()) {
        page_.next = before_;
        break;
      }
      HAPAX_TRY(search_file());
    }
    HAPAX_TRY(render());
    page_.is_beginning_dropped = std::ranges::any_of(
        search_.log_.starts(), [](const auto& start) { return start.offset > Offset(0); });
    return std::move(page_);
  }

 private:
  bool is_full() const {
    return matches_.size() >= query_.limit || bytes_ >= search_.settings_.page_bytes ||
           (page_.records_searched > 0 && search_.clock_.monotonic() >= until_);
  }

  Result<void> search_file() {
    const LogSlice slice{
        .begin = search_.log_.recent_before(before_), .before = before_, .stop = stop_};
    Found found;
    const auto read = read_slice(
        search_.log_, slice, [&](const SlicedRecord& record) { return look_at(record, found); });
    if (!read && !is_still_held(slice, search_.log_)) {
      return {};  // It is sought anew, in what the log still holds.
    }
    HAPAX_TRY(read);
    bytes_ += found.bytes;
    for (; !found.matches.empty(); found.matches.pop_back()) {
      matches_.push_back(std::move(found.matches.back()));
    }
    if (found.is_cut) {
      before_ = matches_.back().cut;
      page_.next = before_;
      HAPAX_ASSIGN(const EventView oldest, decode_event(matches_.back().record));
      found.oldest = as_event_time(oldest.received_at);
    }
    note_back_to(found.oldest);
    before_ = found.is_cut ? before_ : lower_of(before_, slice.begin);
    // What is below was received before.
    const bool is_before = query_.from && found.newest && *found.newest < *query_.from;
    is_over_ = found.is_cut || is_before;
    return {};
  }

  Result<void> look_at(const SlicedRecord& one, Found& found) {
    ++page_.records_searched;
    found.look_at(as_event_time(one.event.received_at));
    if (!query_.filter.matches(one.event) || !is_in_time(query_, one.event)) {
      return {};
    }
    HAPAX_ASSIGN(const EventVerdict verdict, verdicts_.of(one.at, one.event));
    if (query_.filter.matches(verdict)) {
      found.keep({one.at, std::string(one.record), verdict, one.cut},
                 query_.limit - matches_.size(), search_.settings_.page_bytes - bytes_);
    }
    return {};
  }

  void note_back_to(const std::optional<EventTime>& oldest) {
    if (oldest) {
      page_.searched_back_to = std::min(page_.searched_back_to.value_or(*oldest), *oldest);
    }
  }

  Result<void> render() {
    FirstFinder firsts(search_.log_, search_.verdicts_, search_.clock_, search_.seed_);
    for (const Match& match : matches_) {
      if (is_copy(match.verdict)) {
        HAPAX_ASSIGN(const EventView event, decode_event(match.record));
        firsts.want(event, match.cut);
      }
    }
    HAPAX_TRY(firsts.find(search_.settings_.firsts_time, stop_));
    const LogId log = search_.log_.log_id();
    std::size_t bytes = 0;
    for (const Match& match : matches_) {
      HAPAX_ASSIGN(const EventView event, decode_event(match.record));
      const auto of = is_copy(match.verdict) ? firsts.first_of(event) : std::nullopt;
      std::string entry = event_entry(log, match.at, event, match.verdict, of);
      bytes += entry.size();
      if (bytes > search_.settings_.page_bytes && !page_.entries.empty()) {
        return end_behind(matches_[page_.entries.size() - 1]);
      }
      page_.entries.push_back(std::move(entry));
    }
    return {};
  }

  Result<void> end_behind(const Match& last) {
    HAPAX_ASSIGN(const EventView event, decode_event(last.record));
    page_.next = last.cut;
    page_.searched_back_to = as_event_time(event.received_at);
    return {};
  }

  const EventSearch& search_;
  const EventQuery& query_;
  const std::stop_token stop_;
  EventVerdicts verdicts_;
  const std::chrono::nanoseconds until_;
  std::vector<Offset> before_;  ///< What is below is still to be searched.
  std::vector<Match> matches_;  ///< The newest first.
  std::size_t bytes_ = 0;       ///< Of their records.
  bool is_over_ = false;
  EventPage page_;
};

Result<EventPage> EventSearch::page(const EventQuery& query, std::stop_token stop) const {
  std::vector<Offset> before = query.before.empty() ? log_.end_offsets() : query.before;
  HAPAX_TRY(check_offsets(before, log_));
  return Run(*this, query, std::move(before), std::move(stop)).page();
}

}  // namespace hapax
