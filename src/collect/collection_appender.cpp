// SPDX-License-Identifier: Apache-2.0
#include "collect/collection_appender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "cluster/topic_log.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

/// Between two looks at what is due, where nobody wakes the thread.
constexpr std::chrono::milliseconds kPause{20};

Error unavailable(const std::string& why) {
  return Error{ErrorKind::kUnavailable, why, "send again in a moment"};
}

}  // namespace

CollectionAppender::CollectionAppender(const CollectionAppenderSettings& settings,
                                       const Parts& parts)
    : settings_(settings),
      parts_(parts),
      log_(log_of(parts.collections.events)),
      partition_count_(parts.collections.events.partition_count()),
      collections_(settings.collections, parts.collections) {
  publish();
  thread_ = std::jthread([this] { run(); });
}

CollectionAppender::~CollectionAppender() {
  stop(std::chrono::milliseconds(0));
}

Result<std::vector<CollectedEvent>> CollectionAppender::events_of(
    const std::vector<PartitionRecords>& parts) const {
  std::vector<CollectedEvent> events;
  for (const PartitionRecords& part : parts) {
    std::string_view left = part.records;
    for (const Hash128& id : part.ids) {
      HAPAX_ASSIGN(const std::string_view record, take_framed(left));
      if (record.size() > settings_.record_bytes_max) {
        return Error{ErrorKind::kInvalid,
                     fmt::format("an event is stored in {} bytes, more than {}", record.size(),
                                 settings_.record_bytes_max)};
      }
      events.push_back({.partition = part.partition, .id = id, .record = std::string(record)});
    }
  }
  if (events.size() > settings_.request_records_max) {
    return Error{ErrorKind::kInvalid, fmt::format("a request has {} events, more than {}",
                                                  events.size(), settings_.request_records_max)};
  }
  return events;
}

Result<void> CollectionAppender::append(std::vector<PartitionRecords> parts, AppendDone done) {
  std::size_t bytes = 0;
  for (const PartitionRecords& part : parts) {
    bytes += part.records.size();
  }
  HAPAX_ASSIGN(auto events, events_of(parts));
  {
    const MutexLock lock(mutex_);
    if (!stats_.ready) {
      ++stats_.requests_refused;
      return unavailable(stats_.reason);
    }
    // One that is larger than the limit is taken when it is alone.
    if (stats_.queue_bytes > 0 && stats_.queue_bytes + bytes > settings_.queue_bytes_limit) {
      ++stats_.requests_refused;
      return Error{ErrorKind::kExhausted, "too many records wait for the brokers"};
    }
    stats_.queue_bytes += bytes;
    arrived_.push_back({.events = std::move(events),
                        .done = std::move(done),
                        .bytes = bytes,
                        .until = parts_.collections.clock.monotonic() + settings_.wait_max});
  }
  parts_.callbacks.wake();
  return {};
}

LogStatus CollectionAppender::status() const {
  const MutexLock lock(mutex_);
  return {.writable = stats_.ready, .reason = stats_.reason};
}

CollectionAppenderStats CollectionAppender::stats() const {
  const MutexLock lock(mutex_);
  return stats_;
}

bool CollectionAppender::stop(std::chrono::milliseconds patience) {
  if (thread_.joinable()) {
    {
      const MutexLock lock(mutex_);
      leave_until_ = parts_.collections.clock.monotonic() + patience;
    }
    parts_.callbacks.wake();
    thread_.join();
  }
  return has_left_;
}

void CollectionAppender::run() {
  std::optional<std::chrono::nanoseconds> leave_until;
  do {
    parts_.callbacks.wait(kPause);
    parts_.callbacks.run_callbacks();
    {
      const MutexLock lock(mutex_);
      leave_until = leave_until_;
    }
    topics_ = parts_.topics.trouble();
    if (leave_until) {
      collections_.leave();
    }
    if (!topics_.is_for_good) {
      collections_.step();
    }
    publish();  // Before what has arrived is looked at: nothing arrives after trouble was said.
    take_waiting();
    begin_waiting();
    has_left_ = collections_.is_over();
  } while (!has_left_ && !(leave_until && parts_.collections.clock.monotonic() >= *leave_until));
  fail_all("the collector stops");
}

void CollectionAppender::take_waiting() {
  const MutexLock lock(mutex_);
  std::ranges::move(arrived_, std::back_inserter(waiting_));
  arrived_.clear();
}

void CollectionAppender::begin_waiting() {
  if (!trouble().empty()) {
    return fail_waiting(trouble());
  }
  while (!waiting_.empty() && !collections_.is_full()) {
    const std::uint64_t number = next_number_++;
    Waiting& next = under_way_.emplace(number, std::move(waiting_.front())).first->second;
    waiting_.pop_front();
    collections_.append(std::exchange(next.events, {}), [this, number](Result<Receipt> outcome) {
      answer_begun(number, std::move(outcome));
    });
  }
  // They came in the order of their ends.
  while (!waiting_.empty() && waiting_.front().until <= parts_.collections.clock.monotonic()) {
    const Waiting late = std::move(waiting_.front());
    waiting_.pop_front();
    answer(late, unavailable("the brokers did not answer in time"));
  }
}

void CollectionAppender::answer_begun(std::uint64_t number, Result<Receipt> outcome) {
  const auto found = under_way_.extract(number);
  if (topics_.is_for_good) {
    outcome = unavailable(topics_.why);  // It may be in a topic that nobody reads.
  }
  answer(found.mapped(), std::move(outcome));
}

void CollectionAppender::fail_waiting(const std::string& why) {
  for (const Waiting& waiting : std::exchange(waiting_, {})) {
    answer(waiting, unavailable(why));
  }
}

/// Of those that were begun it is not known what became of them.
void CollectionAppender::fail_all(const std::string& why) {
  take_waiting();
  fail_waiting(why);
  for (const auto& [number, request] : std::exchange(under_way_, {})) {
    answer(request, unavailable(why));
  }
}

void CollectionAppender::answer(const Waiting& request, Result<Receipt> outcome) {
  {
    const MutexLock lock(mutex_);
    stats_.queue_bytes -= request.bytes;
    stats_.requests_failed += outcome ? 0 : 1;
  }
  request.done(std::move(outcome));
}

void CollectionAppender::publish() {
  const Collections::Stats stats = collections_.stats();
  const MutexLock lock(mutex_);
  stats_.reason = trouble();
  stats_.ready = stats_.reason.empty();
  stats_.lives = stats.lives;
  stats_.clock_off = stats.off;
}

}  // namespace hapax
