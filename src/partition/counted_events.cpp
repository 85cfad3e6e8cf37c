// SPDX-License-Identifier: Apache-2.0
#include "partition/counted_events.hpp"

#include <algorithm>
#include <utility>

#include "partition/counting.hpp"
#include "processing/log_records.hpp"
#include "processing/verdict_of_seen.hpp"
#include "record/event_wire.hpp"
#include "stream/event_hash.hpp"
#include "stream/minute.hpp"

namespace hapax {
namespace {

constexpr std::size_t kBlockEvents = 1024;    ///< What fits the cache.
constexpr std::size_t kEvictedAtOnce = 4000;  ///< Some milliseconds.

}  // namespace

CountedEvents::CountedEvents(PartitionId partition, const CountedEventsSettings& settings,
                             const CatalogSource& catalog, PortableStore& store,
                             std::unique_ptr<History> history)
    : partition_(partition),
      settings_(settings),
      catalog_(catalog),
      store_(store),
      ids_(settings.id_key),
      history_(std::move(history)),
      files_(store),
      times_(settings.results) {}

CountedEvents::~CountedEvents() = default;

Result<EventFacts> CountedEvents::read(const TopicRecord& record) const {
  Result<EventView> event = decode_event(record.entry.value);
  if (!event) {
    return unreadable(partition_, record.offset, event.error());
  }
  const KeyedEvent keyed = key_event(*event, ids_);
  return EventFacts{.seen = event->rejection ? std::nullopt : std::optional(keyed.seen),
                    .id = keyed.seen.id,
                    .received_at = event->received_at};
}

Result<void> CountedEvents::count(const TopicRecord& record, Verdict verdict) {
  if (verdicts_.size() >= kBlockEvents) {
    HAPAX_TRY(apply());
  }
  if (verdicts_.empty()) {
    records_from_ = record.offset;
  }
  records_end_ = advance(record.offset, 1);
  append_framed(record.entry.value, records_);
  verdicts_.push_back(verdict);
  return {};
}

void CountedEvents::settle(const CountedPlace& place, OwnerBooks books) {
  place_ = place;
  told_ = std::move(books);
}

Result<void> CountedEvents::catch_up() {
  DeclaredViews& views = counting_->views;
  auto catalog = catalog_.current();
  const bool is_new = catalog->number > followed_->number;
  follow_cluster();
  make_room();
  if (!is_new && !views.is_making()) {
    return {};
  }
  HAPAX_TRY(apply());
  if (is_new) {
    followed_ = std::move(catalog);
    views.follow_catalog(followed_->number);
    ++news_;
  }
  if (unkept_bytes() > 0 && !views.is_half_way()) {
    return {};  // A state is to be kept first.
  }
  HAPAX_ASSIGN(const bool any, views.backfill({.until = {&applied_, 1},
                                               .tally = counted_,
                                               .corrections = {},
                                               .settled = behind_all_counted()},
                                              settings_.backfill_bytes));
  news_ += any ? 1 : 0;
  return {};
}

void CountedEvents::follow_cluster() {
  if (!settings_.of_cluster || settings_.of_cluster().epoch == followed_settings_) {
    return;
  }
  const ClusterSettings& newest = settings_.of_cluster();
  followed_settings_ = newest.epoch;
  if (migrated_ != newest.migrated) {
    migrated_ = newest.migrated;
    ++news_;
  }
}

/// A received time: what is counted was received before it, and all that was is counted or comes.
ProcessingTime CountedEvents::behind_all_counted() const {
  const ProcessingTime newest = times_.watermark().newest_received();
  return newest == ProcessingTime::min() ? place_.complete
                                         : std::max(place_.complete, newest + Microseconds(1));
}

bool CountedEvents::holds_log() const {
  return counting_->views.is_making();
}

ClaimJudge& CountedEvents::judge() {
  return counting_->judge;
}

/// Counts what has come. What fails is taken up again where it failed.
Result<void> CountedEvents::apply() {
  if (verdicts_.empty()) {
    return {};
  }
  if (block_.empty()) {
    HAPAX_TRY(take());
  }
  DeclaredViews& views = counting_->views;
  for (std::size_t share = 0; share < views.share_count(); ++share) {
    HAPAX_TRY(views.count(block_, share));
  }
  HAPAX_TRY(block_.each_from(entered_, [this](const TakenBatch& taken, std::size_t event) {
    return enter(taken, event);
  }));
  views.end_block();
  digest_ = digest_ + block_.batches().front().digest;
  block_.clear();
  entered_ = {};
  records_.clear();
  verdicts_.clear();
  applied_ = records_end_;
  make_room();
  return {};
}

/// Reads the events, and judges them in time.
Result<void> CountedEvents::take() {
  const LogBatch batch{.partition = partition_,
                       .base_offset = records_from_,
                       .record_count = static_cast<std::uint32_t>(verdicts_.size()),
                       .digest_after = {},
                       .records = records_};
  block_.begin({&batch, 1});
  TakenBatch& taken = block_.batches().front();
  if (Result<void> decoded = decode_events(batch, ids_, taken.events); !decoded) {
    block_.clear();
    return decoded;
  }
  taken.verdicts = verdicts_;
  taken.standings.clear();
  taken.digest = {};
  for (KeyedEvent& keyed : taken.events) {
    taken.digest.add(keyed.seen.id);
    taken.standings.push_back({.closed_until = times_.take(keyed.event, {})});
  }
  return {};
}

/// Changes nothing that a second try after an error would change again.
Result<void> CountedEvents::enter(const TakenBatch& taken, std::size_t i) {
  const KeyedEvent& keyed = taken.events[i];
  const EventView& event = keyed.event;
  if (event.rejection) {
    books_.enter_rejected(event, keyed.seen.id, kUndoubted);
    return {};
  }
  if (taken.verdicts[i] == Verdict::kUnique) {
    counted_.of(event.source).add(keyed.seen.id);
  }
  const bool late = is_closed(minute_end(event.event_time), taken.standings[i].closed_until);
  books_.enter(event, keyed.seen.id, seen_of(taken.verdicts[i]), late, kUndoubted);
  return {};
}

bool CountedEvents::wants_save() const {
  return counting_ && counting_->views.dirty() &&
         counting_->views.memory_bytes() >= settings_.view.memory_bytes_max;
}

std::size_t CountedEvents::unkept_bytes() const {
  const std::size_t taken = counting_->views.dirty() ? counting_->views.memory_bytes() : 0;
  return taken - std::min<std::size_t>(taken, settings_.view.memory_bytes_max);
}

/// What is stored and over leaves memory; where that is short, the rest of what is stored, too.
void CountedEvents::make_room() {
  evicting_ = evicting_ && counting_->views.evict(
                               {.over = watermark_, .count_max = kEvictedAtOnce}) == kEvictedAtOnce;
}

void CountedEvents::kept(const std::vector<std::string>& names) {
  files_.kept(names);
  const bool is_short = counting_->views.memory_bytes() >= settings_.view.memory_bytes_max;
  counting_->views.forget_over(is_short ? EventTime::max() : watermark_);
  evicting_ = true;
}

}  // namespace hapax
