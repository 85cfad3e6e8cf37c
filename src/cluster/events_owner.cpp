// SPDX-License-Identifier: Apache-2.0
#include "cluster/events_owner.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "bytes/bytes.hpp"
#include "cluster/claimed_verdicts.hpp"
#include "cluster/own_verdicts.hpp"
#include "cluster/record_header.hpp"
#include "core/task_runner.hpp"
#include "core/time_math.hpp"

namespace hapax {
namespace {

constexpr std::size_t kRecordsAtOnce = 1024;

/// A fence has no id, and counts for nothing but time.
Result<EventFacts> read_fence(std::string_view value) {
  const Result<ProcessingTime> received_at = decode_fence(value);
  if (!received_at) {
    return received_at.error();
  }
  return EventFacts{.seen = {}, .id = {}, .received_at = *received_at};
}

std::unique_ptr<VerdictSource> source_of_verdicts(PartitionId partition,
                                                  const EventsOwnerSettings& settings,
                                                  const EventsOwner::Parts& parts) {
  if (settings.dedup_scope == DedupScope::kExact) {
    return std::make_unique<ClaimedVerdicts>(partition, parts.claims, parts.verdicts);
  }
  return std::make_unique<OwnVerdicts>(
      partition,
      OwnVerdicts::Missed{.sample = settings.missed_sample,
                          .awaited_max = settings.missed_awaited_max},
      parts.claims, parts.verdicts, *parts.state);
}

}  // namespace

EventsOwner::EventsOwner(PartitionId partition, const EventsOwnerSettings& settings,
                         const Parts& parts)
    : partition_(partition),
      settings_(settings),
      parts_(parts),
      keeper_({.objects = parts.objects, .random = parts.random, .line = parts.line},
              {.state = fmt::format("events-{}", partition.value()),
               .kind = RestorationLine::Kind::kEvents,
               .saves_per_collection = settings.saves_per_collection,
               .topics = {{.what = "events", .topic = &parts.events},
                          {.what = "claims", .topic = &parts.claims},
                          {.what = "verdicts", .topic = &parts.verdicts},
                          {.what = "control", .topic = &parts.control}}}),
      restoration_(parts.side),
      verdicts_(source_of_verdicts(partition, settings, parts)),
      publisher_(parts.views, partition),
      event_trimmer_(parts.events, partition),
      verdict_trimmer_(parts.verdicts, partition),
      books_(partition, settings.books) {}

Result<void> EventsOwner::step() {
  keeper_.step();
  if (keeper_.failure()) {
    return *keeper_.failure();
  }
  if (keeper_.is_deposed() || !keeper_.is_here()) {
    return {};
  }
  if (!restored_) {
    HAPAX_TRY(restore());
    if (!restored_) {
      return {};
    }
  }
  publisher_.step();
  // What one of them cannot do now does not hold up the others.
  look_at_control();
  const Result<void> verdicts = verdicts_->step();
  const Result<void> events = read_events();
  const Result<void> counted = count();
  const Result<void> caught_up = parts_.state->catch_up();
  end_save();
  trim();
  const Result<void> published = publish();
  return gravest_error(std::array{verdicts, events, counted, caught_up, published, save()});
}

/// Of what is kept, all that readers lack: what the former owner has kept may not have arrived.
Result<void> EventsOwner::publish() {
  const std::optional<std::uint64_t> readers = publisher_.readers_at();
  const std::uint64_t version = keeper_.current().number;
  const bool is_kept = !keeper_.current().payload.empty();
  if (!readers || is_frozen_ahead_ || !is_kept) {
    return {};
  }
  if (*readers > version) {
    readers_are_ahead_ = true;  // Or there is another owner.
    return {};
  }
  parts_.state->published(*readers);
  if (*readers == version) {
    return {};
  }
  Result<PartitionUpdate> update =
      parts_.state->update_from(std::exchange(readers_are_ahead_, false) ? 0 : *readers);
  if (!update) {
    return std::move(update).error();
  }
  update->version = version;
  publisher_.publish(std::move(*update));
  return {};
}

std::optional<EventsOwner::Moment> EventsOwner::moment() const {
  if (!restored_ || !verdicts_->is_ready() || !parts_.follower.has_read_all() ||
      keeper_.failure() || is_deposed()) {
    return std::nullopt;
  }
  return Moment{.epoch = keeper_.current().epoch,
                .place = {.counted = counted_, .complete = complete_}};
}

OwnerBooks EventsOwner::owner_books() const {
  return {.collectors = books_.audits(), .missed = verdicts_->missed()};
}

Result<void> EventsOwner::restore() {
  if (!restoration_.has_begun()) {
    return begin_restoring();
  }
  if (!restoration_.outcome()) {
    return {};
  }
  HAPAX_TRY(Result<void>(*restoration_.outcome()));
  verdicts_->begin(counted_, saved_.verdicts_from);
  event_reader_ = parts_.events.read(partition_, counted_);
  restored_ = true;
  return {};
}

Result<void> EventsOwner::begin_restoring() {
  const Manifest& manifest = keeper_.current();
  std::string state;
  if (!manifest.payload.empty()) {
    ByteReader in(manifest.payload);
    saved_ = {.counted = Offset(in.u64()),
              .verdicts_from = Offset(in.u64()),
              .time = in.processing_time(),
              .floor = in.processing_time(),
              .complete = in.processing_time()};
    HAPAX_TRY(books_.restore(in));
    HAPAX_TRY(verdicts_->restore(in));
    state = in.string();
    if (!in.ok()) {
      return Error{ErrorKind::kCorrupt, "a manifest of events ends early"};
    }
    counted_ = saved_.counted;
    complete_ = saved_.complete;
    clock_ = PartitionClock(saved_.time);
    floor_ = ForgetFloor::restored(saved_.floor);
    counted_time_ = saved_.time;
    counted_floor_ = saved_.floor;
  }
  restoration_.begin(parts_.state, std::move(state), keeper_.take_files());
  return {};
}

void EventsOwner::look_at_control() {
  const ControlState& said = parts_.follower.state();
  for (const auto& [offset, heard] : said.reports().since(heard_until_)) {
    books_.hear(heard.note, offset, heard.appended_at);
    heard_until_ = advance(offset, 1);
  }
  // What was received before the bound and is settled is below what was said of this partition
  // until then.
  const ProcessingTime bound = said.completeness().bound();
  if (bound > (promises_.empty() ? complete_ : promises_.back().bound)) {
    promises_.push_back({.bound = bound, .end = said.settled_end(partition_)});
  }
}

Result<void> EventsOwner::read_events() {
  if (!verdicts_->is_ready() || ahead_.size() >= settings_.ahead_max || is_full()) {
    return {};
  }
  if (unread_.empty()) {
    Result<std::span<TopicRecord>> records = event_reader_->poll(kRecordsAtOnce);
    if (!records) {
      return std::move(records).error();
    }
    unread_.assign(std::move_iterator(records->begin()), std::move_iterator(records->end()));
    is_all_read_ = records->empty();
  }
  std::vector<Claim> claims;
  for (; !unread_.empty(); unread_.pop_front()) {
    const Result<RecordHeader> header = decode_header(unread_.front().entry.header);
    if (!header) {
      return header.error();
    }
    if (parts_.follower.state().settings().of(header->epoch) == nullptr) {
      break;  // It is judged under settings that are still to be read, and so is what follows.
    }
    if (Result<void> looked = look(std::move(unread_.front()), *header, claims); !looked) {
      return looked;
    }
  }
  verdicts_->ask(claims);
  return {};
}

/// Takes `record`, unless it returns an error.
Result<void> EventsOwner::look(TopicRecord&& record, const RecordHeader& header,
                               std::vector<Claim>& claims) {
  Result<EventFacts> facts = header.kind == RecordHeader::Kind::kEvent
                                 ? parts_.state->read(record)
                                 : read_fence(record.entry.value);
  if (!facts) {
    return std::move(facts).error();
  }
  clock_.pass(facts->received_at, record.appended_at);
  const ClusterSettings& settings = *parts_.follower.state().settings().of(header.epoch);
  const TimeSpan span = floor_.pass(clock_.now(), settings.dedup_window);
  Ahead& ahead = ahead_.emplace_back(Ahead{.record = std::move(record),
                                           .header = header,
                                           .id = facts->id,
                                           .claim = {},
                                           .time = clock_.now(),
                                           .floor = floor_.value()});
  ahead_bytes_ += ahead.bytes();
  if (facts->seen) {
    ahead.claim = {
        .offset = ahead.record.offset, .seen = *facts->seen, .span = span, .floor = ahead.floor};
    claims.push_back(*ahead.claim);
  }
  return {};
}

Result<std::optional<Verdict>> EventsOwner::verdict_of(const Ahead& event) const {
  return event.claim ? verdicts_->of(*event.claim) : std::optional(Verdict::kRejected);
}

Result<void> EventsOwner::count() {
  while (!ahead_.empty()) {
    const Ahead& next = ahead_.front();
    if (next.header.kind == RecordHeader::Kind::kEvent) {
      HAPAX_ASSIGN(const std::optional<Verdict> verdict, verdict_of(next));
      if (!verdict) {
        break;
      }
      HAPAX_TRY(parts_.state->count(next.record, *verdict));
      books_.pass(next.header, next.id);
      if (next.claim) {
        verdicts_->counted(*next.claim, next.time, *verdict);
      }
      ++counted_events_;
    }
    counted_ = advance(next.record.offset, 1);
    counted_time_ = next.time;
    counted_floor_ = next.floor;
    ahead_bytes_ -= next.bytes();
    ahead_.pop_front();
  }
  if (ahead_.empty() && unread_.empty()) {
    counted_ = event_reader_->position();
  }
  books_.read_until(counted_);
  while (!promises_.empty() && promises_.front().end <= counted_) {
    complete_ = std::max(complete_, promises_.front().bound);
    promises_.pop_front();
  }
  return {};
}

std::optional<Offset> EventsOwner::lacks_verdict() const {
  if (!restored_ || !verdicts_->is_ready() || ahead_.empty() || !ahead_.front().claim) {
    return std::nullopt;
  }
  const Result<std::optional<Verdict>> verdict = verdicts_->of(*ahead_.front().claim);
  return verdict && !*verdict ? std::optional(ahead_.front().record.offset) : std::nullopt;
}

std::string EventsOwner::waits_for() const {
  if (!restored_) {
    return keeper_.waits_for();
  }
  if (!verdicts_->is_ready()) {
    return "verdicts of the owner before";
  }
  if (!unread_.empty()) {
    return "settings of a newer epoch";
  }
  const bool wants_verdict = !ahead_.empty() && ahead_.front().claim;
  if (!wants_verdict) {
    return is_full() ? "its state to be kept" : "";
  }
  if (!is_all_read_ && ahead_.size() < settings_.ahead_max && !is_full()) {
    return {};
  }
  return fmt::format(
      "verdicts of claims partition {}",
      claims_partition(ahead_.front().claim->seen.id, parts_.claims.partition_count()));
}

std::string EventsOwner::encode(const Place& place, const std::string& state) const {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u64(place.counted.value());
  out.put_u64(place.verdicts_from.value());
  out.put_time(place.time);
  out.put_time(place.floor);
  out.put_time(place.complete);
  books_.encode(out);
  verdicts_->encode(out);
  out.put_string(state);
  return bytes;
}

Result<void> EventsOwner::save() {
  // The first state is kept though nothing is counted yet: readers wait for each partition.
  const bool is_new = saved_.counted != counted_ || saved_.news != verdicts_->news() ||
                      saved_.heard != books_.revision() || keeper_.current().payload.empty() ||
                      parts_.state->has_news() || readers_are_ahead_ ||
                      (progress_requested_ && saved_.complete != complete_);
  if (!std::exchange(save_requested_, false) || !is_new || !verdicts_->is_ready() ||
      !keeper_.is_idle() || being_saved_) {
    return {};
  }
  is_frozen_ahead_ = true;
  const SettledMark settled = verdicts_->freeze({.partition = partition_,
                                                 .counted = counted_,
                                                 .time = counted_time_,
                                                 .floor = counted_floor_});
  parts_.state->settle({.counted = counted_, .complete = complete_}, owner_books());
  Result<StateImage> image = parts_.state->freeze(keeper_.current().number + 1);
  if (!image) {
    return std::move(image).error();
  }
  const Place place{.counted = counted_,
                    .verdicts_from = verdicts_->needed_from(counted_),
                    .time = counted_time_,
                    .floor = counted_floor_,
                    .complete = complete_,
                    .settled = settled,
                    .news = verdicts_->news(),
                    .heard = books_.revision()};
  image->payload = encode(place, image->payload);
  keeper_.save(std::move(*image));
  being_saved_ = place;
  frozen_events_ = std::exchange(counted_events_, 0);
  progress_requested_ = false;
  saving_number_ = keeper_.current().number + 1;
  return {};
}

/// Whoever takes the partition over begins where the state that is kept ends: what is below is
/// needed by nobody. Verdicts go after their events.
void EventsOwner::trim() {
  if (!std::exchange(trim_requested_, false) || !settings_.retention || parts_.state->holds_log()) {
    return;
  }
  const ProcessingTime old = saturating_add(counted_time_, -*settings_.retention);
  event_trimmer_.trim(saved_.counted, old);
  verdict_trimmer_.trim(saved_.verdicts_from, saturating_add(old, -settings_.clocks_apart));
}

/// Once it is kept, it is true for ever and may be said.
void EventsOwner::end_save() {
  if (!being_saved_ || keeper_.current().number < saving_number_) {
    return;
  }
  saved_ = *std::exchange(being_saved_, {});
  is_frozen_ahead_ = false;
  frozen_events_ = 0;
  parts_.state->kept(keeper_.current().files);
  verdicts_->settled(saved_.settled);
}

}  // namespace hapax
