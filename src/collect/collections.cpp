// SPDX-License-Identifier: Apache-2.0
#include "collect/collections.hpp"

#include <fmt/format.h>

#include <utility>

namespace hapax {
namespace {

std::string seconds_of(Microseconds time) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(time).count());
}

std::string with_reason(const std::string& text, const std::string& reason) {
  return reason.empty() ? text : fmt::format("{}: {}", text, reason);
}

}  // namespace

Collections::Collections(const CollectionsSettings& settings, const Parts& parts)
    : settings_(settings), parts_(parts) {
  begin_life();
  trouble_ = find_trouble();
}

void Collections::begin_life() {
  lives_.emplace_back(CollectorId(parts_.random.next()), settings_, parts_);
  ++lives_begun_;
  heard_ = parts_.clock.monotonic();
}

void Collections::step() {
  if (const Result<void> followed = parts_.follower.step();
      !followed && followed.error().kind == ErrorKind::kCorrupt) {
    fault_ = followed.error().text();  // Others pass: the silence of the topic tells of them.
  }
  for (Life& life : lives_) {
    step(life);
  }
  std::erase_if(lives_, [](const Life& life) { return life.collection.is_over(); });
  if (!leaving_ && (lives_.empty() || newest().is_gone() || newest().is_spent())) {
    if (!lives_.empty()) {
      lives_.back().collection.leave();
    }
    begin_life();
  }
  report();
  trouble_ = lives_.empty() ? "it has left the cluster" : find_trouble();
}

void Collections::step(Life& life) {
  life.collection.step();
  if (life.collection.has_joined()) {
    parts_.clock.raise(life.collection.stamps_from());
  }
  compare(life, reading());
}

void Collections::compare(Life& life, ProcessingTime now) {
  const Collection::Seen& seen = life.collection.seen();
  if (seen.count > life.reports_read) {
    life.reports_read = seen.count;
    heard_ = parts_.clock.monotonic();
    comparison_.compare(seen, now);
  }
}

/// A life that has just joined does not wait: nothing is taken before its first report was read.
void Collections::report() {
  const std::chrono::nanoseconds now = parts_.clock.monotonic();
  const bool is_due = now >= next_report_;
  for (Life& life : lives_) {
    if (is_due || (!life.reported && life.collection.has_joined())) {
      life.reported = life.collection.has_joined();
      life.collection.report(parts_.arrivals.settled(), reading());
    }
  }
  if (is_due) {
    next_report_ = now + settings_.report_interval;
  }
}

/// As a request that came now would be stamped.
ProcessingTime Collections::reading() {
  return parts_.arrivals.arrive().received_at();
}

std::string Collections::find_trouble() {
  const Collection& life = newest();
  if (!fault_.empty()) {
    return fault_;
  }
  if (leaving_) {
    return "it is about to stop";
  }
  if (const std::size_t failed = life.failed_partitions(); failed > 0) {
    return with_reason(fmt::format("{} of {} partitions of the topic of events take nothing",
                                   failed, parts_.events.partition_count()),
                       life.last_failure());
  }
  if (parts_.clock.monotonic() - heard_ > settings_.silence_max) {
    return fmt::format(
        "the topic of control has not answered for {}",
        seconds_of(std::chrono::duration_cast<Microseconds>(parts_.clock.monotonic() - heard_)));
  }
  if (!life.has_joined() || lives_.back().reports_read == 0) {
    return "it has not joined the cluster yet";
  }
  if (parts_.follower.state().settings().newest().is_migrating()) {
    return "the events of a server are being brought into the cluster: wait until hapax migrate "
           "is done";
  }
  if (const Microseconds off = comparison_.off().value_or(Microseconds(0));
      std::chrono::abs(off) > settings_.clock_limit) {
    return fmt::format(
        "the clock is {} {} the brokers', more than collect.clock_limit, {}: set it right and "
        "start again",
        seconds_of(std::chrono::abs(off)), off > Microseconds(0) ? "ahead of" : "behind",
        seconds_of(settings_.clock_limit));
  }
  if (parts_.arrivals.settled() < life.stamps_from()) {
    return "requests from before it joined the cluster are not answered yet";
  }
  return "";
}

void Collections::append(std::vector<CollectedEvent> events, const Collection::Answered& done) {
  Collection& life = lives_.back().collection;
  // Asked anew: an older value may be before the join.
  const Collection::RequestId request = life.begin_stamped(parts_.arrivals.settled());
  if (auto begun = life.append(request, std::move(events), done); !begun) {
    done(std::move(begun).error());
  }
}

void Collections::leave() {
  leaving_ = true;
  for (Life& life : lives_) {
    life.collection.leave();
  }
}

Collections::Stats Collections::stats() const {
  return {.lives = lives_begun_, .off = comparison_.off()};
}

}  // namespace hapax
