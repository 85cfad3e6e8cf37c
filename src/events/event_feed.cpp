// SPDX-License-Identifier: Apache-2.0
#include "events/event_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/thread_name.hpp"
#include "events/event_entry.hpp"
#include "events/first_finder.hpp"
#include "events/log_slice.hpp"
#include "http/error_response.hpp"
#include "read/live_end.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

constexpr std::size_t kPollBytes = 1U << 20U;
constexpr std::chrono::milliseconds kPauseAfterAFailure{100};

EventListener::Entry last_piece(const HttpResponse& error) {
  return std::make_shared<const std::string>(live_end_event("", error.body));
}

}  // namespace

EventFeed::EventFeed(const EventFeedSettings& settings, LogSource& log, VerdictLog& verdicts,
                     const Clock& clock, std::uint64_t seed)
    : settings_(settings),
      log_(log),
      verdict_log_(verdicts),
      clock_(clock),
      seed_(seed),
      verdicts_(verdict_log_),
      firsts_(settings.firsts_max),
      keep_alive_next_(clock.monotonic() + settings.keep_alive),
      wake_at_(keep_alive_next_),
      out_of_memory_(last_piece(error_response(503, "out_of_memory",
                                               "there was no memory to show what comes; follow "
                                               "again"))),
      durable_(log.on_durable([this] {
        if (is_reading_) {
          wake();
        }
      })),
      thread_([this] { run(); }) {}

void EventFeed::stop() {
  {
    const MutexLock lock(mutex_);
    if (!std::exchange(stopping_, true)) {
      wake_.notify_one();
    }
  }
  const MutexLock lock(stop_mutex_);
  if (thread_.joinable()) {
    thread_.join();
    log_.off_durable(durable_);
  }
}

void EventFeed::open(RawEventFilter filter, const HttpHandler::Respond& respond) {
  const auto listener = std::make_shared<EventListener>(std::move(filter), settings_.listener);
  if (!admit(listener)) {
    respond(error_response(503, "streams_limit",
                           "as many streams of events are open as may be; ask again later"));
    return;
  }
  respond({.content_type = "text/event-stream",
           .body = "retry: 1000\n\n",
           .headers = {{"Cache-Control", "no-cache, no-transform"}, {"X-Accel-Buffering", "no"}},
           .on_stream = [this, listener](const auto& stream) { attach(listener, stream); }});
}

/// False: there is no room.
bool EventFeed::admit(const std::shared_ptr<EventListener>& listener) {
  const MutexLock lock(mutex_);
  std::erase_if(listeners_, [](const auto& weak) { return weak.expired(); });
  const bool has_room = listeners_.size() < settings_.streams_limit;
  if (has_room) {
    listeners_.push_back(listener);
  }
  return has_room;
}

void EventFeed::attach(const std::shared_ptr<EventListener>& listener,
                       const std::shared_ptr<HttpStream>& stream) {
  stream->on_drained([this, listener] {
    if (listener->outlet().on_drained()) {
      wake();
    }
  });
  {
    const MutexLock lock(mutex_);
    listener->outlet().attach(stream);
  }
  wake();
}

void EventFeed::wake() {
  const MutexLock lock(mutex_);
  woken_ = true;
  wake_.notify_one();
}

EventFeedStats EventFeed::stats() const {
  const MutexLock lock(mutex_);
  const auto open =
      std::ranges::count_if(listeners_, [](const auto& weak) { return !weak.expired(); });
  return {.streams = static_cast<std::uint64_t>(open), .passed_over = passed_over_};
}

void EventFeed::run() {
  name_thread("event feed");
  while (wait()) {
    Listeners listeners;
    try {
      listeners = gather();
      go_round(listeners);
    } catch (...) {  // No memory.
      give_up(listeners, out_of_memory_);
    }
  }
}

bool EventFeed::wait() {
  const Time sleep = wake_at_ - clock_.monotonic();
  const MutexLock lock(mutex_);
  wake_.wait_for(mutex_, sleep, [this]() HAPAX_REQUIRES(mutex_) { return woken_ || stopping_; });
  woken_ = false;
  return !stopping_;
}

void EventFeed::go_round(const Listeners& listeners) {
  const Time now = clock_.monotonic();
  is_reading_ = !listeners.empty();
  if (listeners.empty()) {
    forget();
  } else if (const auto read = read_on(listeners, now); !read) {
    give_up(listeners, last_piece(error_response(read.error())));
    return;
  }
  const bool keep_alive = now >= keep_alive_next_;
  keep_alive_next_ = keep_alive ? now + settings_.keep_alive : keep_alive_next_;
  for (const auto& listener : listeners) {
    listener->send(now, keep_alive);
  }
  plan(listeners);
}

EventFeed::Listeners EventFeed::gather() {
  const MutexLock lock(mutex_);
  Listeners attached;
  for (const auto& weak : listeners_) {
    if (auto listener = weak.lock();
        listener && listener->outlet().is_open() && !listener->is_over()) {
      attached.push_back(std::move(listener));
    }
  }
  return attached;
}

Result<void> EventFeed::read_on(const Listeners& listeners, Time now) {
  if (!reader_) {
    HAPAX_TRY(begin_reading());
  }
  HAPAX_TRY(pass_over(listeners));
  while (undecided_.size() < settings_.undecided_max &&
         undecided_bytes_ < settings_.undecided_bytes_max) {
    HAPAX_ASSIGN(const auto batches, reader_->poll(kPollBytes));
    for (const LogBatch& batch : batches) {
      HAPAX_TRY(take(batch, now));
    }
    if (batches.empty()) {
      break;
    }
  }
  return show(listeners, now);
}

/// At the end, so that whoever listens from now on misses nothing.
Result<void> EventFeed::begin_reading() {
  read_until_ = log_.end_offsets();
  HAPAX_ASSIGN(reader_, log_.read(ends_at(read_until_)));
  return {};
}

/// When so much has come that it would be shown long after.
Result<void> EventFeed::pass_over(const Listeners& listeners) {
  const std::vector<Offset> ends = log_.end_offsets();
  std::uint64_t behind = 0;
  for (std::size_t p = 0; p < ends.size(); ++p) {
    behind += ends[p].value() - std::min(ends[p], read_until_[p]).value();
  }
  if (behind <= settings_.behind_max) {
    return {};
  }
  passed_over_ += behind;
  for (const auto& listener : listeners) {
    listener->skip(behind);
  }
  return begin_reading();
}

Result<void> EventFeed::take(const LogBatch& batch, Time now) {
  Offset& next = read_until_[batch.partition.value()];
  next = batch.base_offset;
  std::string_view records = batch.records;
  for (std::uint32_t i = 0; i < batch.record_count; ++i) {
    HAPAX_ASSIGN(const std::string_view record, take_framed(records));
    if (!batch.is_control) {
      undecided_.push_back({{batch.partition, next}, std::string(record), now});
      undecided_bytes_ += record.size();
    }
    next = advance(next, 1);
  }
  return {};
}

/// In their order: who waits for a verdict holds up those behind it, for so long at most.
Result<void> EventFeed::show(const Listeners& listeners, Time now) {
  while (!undecided_.empty()) {
    const Undecided& one = undecided_.front();
    HAPAX_ASSIGN(const EventView event, decode_event(one.record));
    HAPAX_ASSIGN(const EventVerdict verdict, verdicts_.of(one.at, event));
    if (verdict == EventVerdict::kPending && now - one.read_at < settings_.verdict_wait) {
      return {};
    }
    show(one.at, event, verdict, listeners, now);
    undecided_bytes_ -= one.record.size();
    undecided_.pop_front();
  }
  return {};
}

/// Rendered once, if anybody gets it.
void EventFeed::show(const EventAddress& at, const EventView& event, EventVerdict verdict,
                     const Listeners& listeners, Time now) {
  const std::uint64_t key = event_key(event, seed_);
  if (verdict == EventVerdict::kFirst) {
    firsts_.add(key, at);
  }
  EventListener::Entry entry;
  for (const auto& listener : listeners) {
    const RawEventFilter& filter = listener->filter();
    if (!filter.matches(event)) {
      continue;
    }
    if (!filter.matches(verdict)) {
      // It is not shown again when it is decided.
      listener->skip(verdict == EventVerdict::kPending && filter.may_match_later() ? 1 : 0);
    } else if (listener->takes(key, now)) {
      if (!entry) {
        entry = std::make_shared<const std::string>(
            event_entry(log_.log_id(), at, event, verdict,
                        is_copy(verdict) ? firsts_.find(key) : std::nullopt));
      }
      listener->add(entry);
    }
  }
}

/// What is read cannot be shown; whoever comes next begins at the end of the log. Needs no memory.
/// Without listeners nothing was begun.
void EventFeed::give_up(const Listeners& listeners, const EventListener::Entry& last) noexcept {
  for (const auto& listener : listeners) {
    listener->end(last);
  }
  if (!listeners.empty()) {
    forget();
  }
  wake_at_ = clock_.monotonic() + kPauseAfterAFailure;
}

void EventFeed::forget() {
  reader_.reset();
  undecided_.clear();
  undecided_bytes_ = 0;
  firsts_.clear();
}

void EventFeed::plan(const Listeners& listeners) {
  wake_at_ = keep_alive_next_;
  if (!undecided_.empty()) {
    wake_at_ = std::min(wake_at_, clock_.monotonic() + settings_.verdict_look);
  }
  for (const auto& listener : listeners) {
    wake_at_ = std::min(wake_at_, listener->next().value_or(wake_at_));
  }
}

}  // namespace hapax
