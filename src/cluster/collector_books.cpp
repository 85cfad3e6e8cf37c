// SPDX-License-Identifier: Apache-2.0
#include "cluster/collector_books.hpp"

#include <algorithm>
#include <utility>

#include "core/time_math.hpp"
#include "published/collector_bytes.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

Error damaged() {
  return {ErrorKind::kCorrupt, "the books of collectors in a state of a partition end early"};
}

}  // namespace

void CollectorBooks::hear(const ControlNote& note, Offset at, ProcessingTime appended_at) {
  if (at < heard_until_) {
    return;
  }
  heard_until_ = advance(at, 1);
  now_ = std::max(now_, appended_at);
  if (const auto* joined = std::get_if<CollectorJoined>(&note)) {
    const bool may_join = !gone_.contains(joined->collector);
    if (may_join && lives_.try_emplace(joined->collector, Life{.joined_at = appended_at}).second) {
      ++revision_;
    }
  } else if (const auto* report = std::get_if<CollectorReport>(&note)) {
    hear_report(*report, appended_at);
  } else if (const auto* gone = std::get_if<CollectorGone>(&note)) {
    end(gone->collector, gone->by_itself);
  }
  sum_up();
}

void CollectorBooks::hear_report(const CollectorReport& report, ProcessingTime appended_at) {
  const auto found = lives_.find(report.collector);
  if (found == lives_.end() || partition_.value() >= report.accounts.size()) {
    return;
  }
  Life& life = found->second;
  life.reported_at = std::max(life.reported_at, appended_at);
  life.clock = report.clock;
  life.oldest_unsettled = report.oldest_unsettled;
  const CollectorAccount& account = report.accounts[partition_.value()];
  if (account.settled <= life.newest().settled) {
    return;  // Nothing new, or a note that was appended again.
  }
  if (life.coming.size() == 2) {
    life.coming.pop_back();
  }
  life.coming.push_back(account);
  ++revision_;
  catch_up(report.collector, life);
}

void CollectorBooks::end(CollectorId collector, bool by_itself) {
  const auto found = lives_.find(collector);
  if (found == lives_.end() || found->second.state == State::kLeft) {
    return;
  }
  Life& life = found->second;
  life.ended_at = life.state == State::kLive ? now_ : life.ended_at;
  life.state = by_itself ? State::kLeft : State::kGone;
  ++revision_;
}

void CollectorBooks::pass(const RecordHeader& header, const Hash128& id) {
  if (gone_.contains(header.collector)) {
    ++sums_[State::kGone].figures.unreported;
  } else {
    arrivals_.pass(header, id);
  }
}

void CollectorBooks::read_until(Offset offset) {
  read_until_ = offset;
  for (auto& [collector, life] : lives_) {
    catch_up(collector, life);
  }
}

void CollectorBooks::catch_up(CollectorId collector, Life& life) {
  while (!life.coming.empty() && life.coming.front().settled_end <= read_until_) {
    life.read = std::move(life.coming.front());
    life.coming.pop_front();
    arrivals_.forget_marks_below(collector, life.read.mark);
    ++revision_;
  }
}

void CollectorBooks::sum_up() {
  std::erase_if(lives_, [this](const auto& one) {
    const auto& [collector, life] = one;
    const bool is_over = life.state != State::kLive && life.coming.empty() &&
                         saturating_add(life.ended_at, settings_.ended_shown_for) <= now_;
    const CollectorFigures figures = is_over ? figures_of(collector, life) : CollectorFigures();
    if (!is_over || !figures.is_equal()) {
      return false;
    }
    Sum& sum = sums_[life.state];
    ++sum.lives;
    sum.figures.add(figures);
    if (life.state == State::kGone) {
      gone_.insert(collector);
    }
    arrivals_.forget(collector);
    ++revision_;
    return true;
  });
}

CollectorFigures CollectorBooks::figures_of(CollectorId collector, const Life& life) const {
  const CollectorAccount& newest = life.newest();
  CollectorFigures figures = arrivals_.compare(collector, life.read);
  figures.behind = newest.settled - life.read.settled;
  figures.unreported = arrivals_.count_behind(collector, newest.settled);
  for (const UnknownRecord& unknown : newest.unknown) {
    switch (outcome_of(collector, unknown)) {
      case UnknownRange::Outcome::kPresent:
        ++figures.present;
        break;
      case UnknownRange::Outcome::kAbsent:
        ++figures.absent;
        break;
      case UnknownRange::Outcome::kOpen:
        ++figures.open;
        break;
    }
  }
  return figures;
}

UnknownRange::Outcome CollectorBooks::outcome_of(CollectorId collector,
                                                 const UnknownRecord& unknown) const {
  using Outcome = UnknownRange::Outcome;
  const bool is_there = arrivals_.is_there(collector, unknown.sequence);
  return is_there                             ? Outcome::kPresent
         : unknown.resolved_at <= read_until_ ? Outcome::kAbsent
                                              : Outcome::kOpen;
}

std::vector<UnknownRange> CollectorBooks::unknown_of(CollectorId collector,
                                                     const Life& life) const {
  std::vector<UnknownRange> ranges;
  for (const UnknownRecord& unknown : life.newest().unknown) {
    const UnknownRange next{.first = unknown.sequence,
                            .last = unknown.sequence,
                            .outcome = outcome_of(collector, unknown)};
    const bool goes_on = !ranges.empty() && ranges.back().last + 1 == next.first &&
                         ranges.back().outcome == next.outcome;
    if (goes_on) {
      ranges.back().last = next.last;
    } else {
      ranges.push_back(next);
    }
  }
  if (ranges.size() > kUnknownRangesMax) {
    ranges.erase(ranges.begin(), ranges.end() - kUnknownRangesMax);
  }
  return ranges;
}

CollectorAudit CollectorBooks::audit_of(CollectorId collector, const Life& life) const {
  return {.partition = partition_,
          .collector = collector.value(),
          .state = life.state,
          .joined_at = life.joined_at,
          .reported_at = life.reported_at,
          .ended_at = life.ended_at,
          .clock = life.clock,
          .oldest_unsettled = life.oldest_unsettled,
          .figures = figures_of(collector, life),
          .unknown = unknown_of(collector, life)};
}

std::vector<CollectorAudit> CollectorBooks::audits() const {
  std::vector<CollectorAudit> audits;
  audits.reserve(sums_.size() + lives_.size());
  for (const auto& [state, sum] : sums_) {
    audits.push_back(
        {.partition = partition_, .lives = sum.lives, .state = state, .figures = sum.figures});
  }
  for (const auto& [collector, life] : lives_) {
    audits.push_back(audit_of(collector, life));
  }
  return audits;
}

void CollectorBooks::encode(ByteWriter& out) const {
  out.put_u8(kVersion);
  out.put_u64(heard_until_.value());
  out.put_time(now_);
  out.put_u64(read_until_.value());
  out.put_u32(static_cast<std::uint32_t>(lives_.size()));
  for (const auto& [collector, life] : lives_) {
    out.put_u64(collector.value());
    out.put_u8(static_cast<std::uint8_t>(life.state));
    for (const ProcessingTime time :
         {life.joined_at, life.reported_at, life.ended_at, life.clock, life.oldest_unsettled}) {
      out.put_time(time);
    }
    put_account(life.read, out);
    out.put_u32(static_cast<std::uint32_t>(life.coming.size()));
    for (const CollectorAccount& account : life.coming) {
      put_account(account, out);
    }
  }
  out.put_u32(static_cast<std::uint32_t>(sums_.size()));
  for (const auto& [state, sum] : sums_) {
    out.put_u8(static_cast<std::uint8_t>(state));
    out.put_u64(sum.lives);
    put(sum.figures, out);
  }
  out.put_u32(static_cast<std::uint32_t>(gone_.size()));
  for (const CollectorId collector : gone_) {
    out.put_u64(collector.value());
  }
  arrivals_.encode(out);
}

Result<void> CollectorBooks::restore(ByteReader& in) {
  if (const std::uint8_t version = in.u8(); version != kVersion) {
    return Error{ErrorKind::kInvalid,
                 "the books of collectors in a state of a partition are of another version",
                 "start the version of Hapax that kept it, or a newer one"};
  }
  heard_until_ = Offset(in.u64());
  now_ = in.processing_time();
  read_until_ = Offset(in.u64());
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    Life& life = lives_[CollectorId(in.u64())];
    life.state = static_cast<State>(in.u8());
    for (ProcessingTime* time : {&life.joined_at, &life.reported_at, &life.ended_at, &life.clock,
                                 &life.oldest_unsettled}) {
      *time = in.processing_time();
    }
    life.read = take_account(in);
    for (std::uint32_t more = in.u32(); more > 0 && in.ok(); --more) {
      life.coming.push_back(take_account(in));
    }
  }
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    Sum& sum = sums_[static_cast<State>(in.u8())];
    sum.lives = in.u64();
    take(in, sum.figures);
  }
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    gone_.insert(CollectorId(in.u64()));
  }
  return in.ok() ? arrivals_.restore(in) : damaged();
}

}  // namespace hapax
