// SPDX-License-Identifier: Apache-2.0
#include "migration/migration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "cluster/record_header.hpp"
#include "collector/partition_choice.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

/// Of the log, until others have their turn: those that are there already are passed quickly.
constexpr int kReadsAtOnce = 64;

Error refused(std::string message) {
  return {ErrorKind::kInvalid, std::move(message),
          "events of a server go into a new cluster only: make topics of another "
          "kafka.topics_prefix with hapax cluster create"};
}

Error interrupted(const Error& error) {
  return {ErrorKind::kUnavailable, "the brokers did not take all of it: " + error.message,
          "run it again: it goes on where it stopped"};
}

}  // namespace

Result<void> check_may_migrate(const ControlState& said, LogId log) {
  const std::optional<MigratedLog>& known = said.settings().newest().migrated;
  if (known && known->log.log != log) {
    return refused(fmt::format("the cluster has the events of another server, whose log is {:016x}",
                               known->log.log.value()));
  }
  if (!known && !said.reports().since(Offset(0)).empty()) {
    return refused("collectors of this cluster have been started before");
  }
  return {};
}

Migration::Migration(LogId log, LogSurvey survey, const IdHasher& ids,
                     const MigrationSettings& settings, Parts parts)
    : log_(log),
      survey_(std::move(survey)),
      ids_(ids),
      settings_(settings),
      parts_(std::move(parts)),
      places_(parts_.events.partition_count()) {}

Result<bool> Migration::step() {
  HAPAX_TRY(follow());
  if (failure_) {
    return *failure_;
  }
  if (collection_) {
    collection_->step();
    report();
    if (collection_->is_gone() && stage_ >= Stage::kJoin && stage_ < Stage::kLeave) {
      return interrupted({ErrorKind::kUnavailable, "the cluster called this process gone"});
    }
  }
  switch (stage_) {
    case Stage::kBegin:
      HAPAX_TRY(begin());
      break;
    case Stage::kLookForEvents:
      HAPAX_TRY(say_that_it_begins());
      break;
    case Stage::kJoin:
      HAPAX_TRY(join());
      break;
    case Stage::kFence:
      break;
    case Stage::kLook:
      HAPAX_TRY(look());
      break;
    case Stage::kAppend:
      HAPAX_TRY(append());
      break;
    case Stage::kLeave:
      HAPAX_TRY(leave());
      break;
    case Stage::kEnd:
      HAPAX_TRY(end());
      break;
    case Stage::kDone:
      break;
  }
  return stage_ == Stage::kDone;
}

Result<void> Migration::follow() {
  const Result<void> followed = parts_.follower.step();
  trouble_ = followed ? "" : followed.error().message;
  const bool is_wrong = !followed && followed.error().kind != ErrorKind::kUnavailable;
  return is_wrong ? followed : Result<void>();
}

/// From when on the cluster says that events are brought in. Before, it is looked whether they can
/// be.
Result<void> Migration::begin() {
  HAPAX_TRY(check_may_migrate(parts_.follower.state(), log_));
  const std::optional<MigratedLog>& known = holds().migrated;
  if (known && known->is_done) {
    if (known->log.ends != survey_.ends) {
      return refused("the server went on after its events had been brought into this cluster");
    }
    stage_ = Stage::kDone;
  } else if (known) {
    stage_ = Stage::kJoin;
  } else {
    look_for_events();
  }
  return {};
}

/// In a new cluster there are none.
void Migration::look_for_events() {
  stage_ = Stage::kLookForEvents;
  asked_ = parts_.events.partition_count();
  for (std::uint32_t p = 0; p < places_.size(); ++p) {
    parts_.events.end_offset(PartitionId(p), [this, p](const Result<Offset>& end) {
      if (!end) {
        failure_ = interrupted(end.error());
      } else if (*end > Offset(0)) {
        failure_ = refused(fmt::format("partition {} of the topic of events has some already", p));
      }
      --asked_;
    });
  }
}

Result<void> Migration::say_that_it_begins() {
  if (asked_ > 0) {
    return {};
  }
  HAPAX_TRY(check_may_migrate(parts_.follower.state(), log_));  // Else its word is void.
  if (!proposal_) {
    propose(false);
  }
  HAPAX_ASSIGN(const bool is_said, proposed());
  if (is_said) {
    proposal_.reset();
    stage_ = Stage::kJoin;
  }
  return {};
}

MigratedLog Migration::migrated(bool is_done) const {
  MigratedLog migrated{.log = {.log = log_}, .is_done = is_done};
  if (survey_.before > 0) {
    migrated.complete_from = survey_.whole_from.value_or(parts_.clock.now());
  }
  if (is_done) {
    migrated.log.ends = survey_.ends;
    std::ranges::transform(places_, std::back_inserter(migrated.log.in), &Place::end);
  }
  return migrated;
}

void Migration::propose(bool is_done) {
  ClusterSettings next = holds();
  next.migrated = migrated(is_done);
  proposal_.emplace(std::move(next), parts_.control, parts_.follower);
}

/// What is said of both stages is the follower's.
Result<bool> Migration::proposed() {
  Result<bool> is_said = proposal_->step();
  if (!is_said && is_said.error().kind == ErrorKind::kUnavailable) {
    trouble_ = is_said.error().message;
    return false;
  }
  return is_said;
}

Result<void> Migration::join() {
  if (holds().migrated->is_done) {  // Another one was quicker.
    stage_ = Stage::kBegin;
    return {};
  }
  if (!collection_) {
    collection_.emplace(
        CollectorId(parts_.random.next()), settings_.collection,
        Collection::Parts{
            .events = parts_.events, .control = parts_.control, .follower = parts_.follower});
  }
  if (collection_->is_ready()) {
    stage_ = Stage::kFence;
    append_fences();
  }
  return {};
}

/// Nothing that a former one has on its way comes behind them.
void Migration::append_fences() {
  const RecordHeader header{
      .kind = RecordHeader::Kind::kFence, .collector = collection_->id(), .epoch = holds().epoch};
  asked_ = parts_.events.partition_count();
  for (std::uint32_t p = 0; p < places_.size(); ++p) {
    std::vector<TopicEntry> entries;
    entries.push_back(
        {.header = encode_header(header), .value = encode_fence(ProcessingTime::min())});
    parts_.events.append(PartitionId(p), std::move(entries), [this, p](const Result<Offset>& end) {
      if (!end) {
        failure_ = interrupted(end.error());
        return;
      }
      places_[p].end = *end;
      stage_ = --asked_ == 0 ? Stage::kLook : stage_;
    });
  }
}

Result<void> Migration::look() {
  if (!prefix_) {
    std::vector<Offset> ends;
    std::ranges::transform(places_, std::back_inserter(ends), &Place::end);
    prefix_.emplace(parts_.events, std::move(ends));
  }
  const Result<bool> is_read = prefix_->step();
  if (!is_read) {
    return is_read.error().kind == ErrorKind::kUnavailable ? Result<void>() : is_read.error();
  }
  if (*is_read) {
    for (std::size_t p = 0; p < places_.size(); ++p) {
      places_[p].there = prefix_->events()[p];
      found_ += places_[p].there.count;
    }
    prefix_.reset();
    stage_ = Stage::kAppend;
  }
  return {};
}

/// As much as may be on its way.
Result<void> Migration::append() {
  const auto has_more = [this] { return !log_is_over_ || taken_given_ < taken_.size(); };
  const auto has_room = [this] {
    return collection_->is_ready() && bytes_under_way_ < settings_.bytes_under_way_max;
  };
  for (int i = 0; i < kReadsAtOnce && has_more() && has_room(); ++i) {
    HAPAX_TRY(append_some());
  }
  if (has_more() || unanswered_ > 0) {
    return {};
  }
  HAPAX_TRY(check_all_was_passed());
  collection_->leave();
  stage_ = Stage::kLeave;
  return {};
}

Result<void> Migration::append_some() {
  if (taken_given_ == taken_.size()) {
    taken_.clear();
    taken_given_ = 0;
    HAPAX_ASSIGN(const auto batches, parts_.next());
    log_is_over_ = !batches.has_value();
    for (const LogBatch& batch : batches.value_or(std::span<const LogBatch>())) {
      HAPAX_TRY(take(batch));
    }
    return {};
  }
  std::size_t bytes = 0;
  std::vector<CollectedEvent> events;
  for (; taken_given_ < taken_.size() && events.size() < settings_.request_records &&
         bytes < settings_.request_bytes;
       ++taken_given_) {
    bytes += taken_[taken_given_].record.size();
    events.push_back(std::move(taken_[taken_given_]));
  }
  give(std::move(events), bytes);
  return {};
}

void Migration::give(std::vector<CollectedEvent> events, std::size_t bytes) {
  given_ += events.size();
  bytes_under_way_ += bytes;
  ++unanswered_;
  const auto answered = [this, bytes](const Result<Receipt>& receipt) {
    --unanswered_;
    bytes_under_way_ -= bytes;
    if (!receipt) {
      failure_ = interrupted(receipt.error());
      return;
    }
    for (const Receipt::End& end : receipt->ends) {
      Offset& known = places_[end.partition.value()].end;
      known = std::max(known, end.end);
    }
  };
  const Collection::RequestId request = collection_->begin_stamped(ProcessingTime::min());
  if (const auto begun = collection_->append(request, std::move(events), answered); !begun) {
    failure_ = interrupted(begun.error());
  }
}

Result<void> Migration::take(const LogBatch& batch) {
  return for_each_record(batch, [this](const EventView& event, std::string_view record) {
    if (!event.control.empty()) {
      return Result<void>();
    }
    if (event.clock_epoch == kUndoubted.value()) {
      return take(event, record);
    }
    EventView decided = event;
    survey_.decide(decided);
    return take(decided, memory_.encode(decided));
  });
}

Result<void> Migration::take(const EventView& event, std::string_view record) {
  const PartitionId partition =
      choose_partition(event, PartitionBy::kUser, parts_.events.partition_count());
  Place& place = places_[partition.value()];
  if (place.passed.count >= place.there.count) {
    taken_.push_back({.partition = partition,
                      .id = ids_.event_id(event.source, event.message_id),
                      .record = std::string(record)});
    return {};
  }
  place.passed.add(record);
  if (place.passed.count == place.there.count && place.passed != place.there) {
    return refused(fmt::format(
        "partition {} of the topic of events has others than the first {} that belong there",
        partition.value(), place.there.count));
  }
  return {};
}

Result<void> Migration::check_all_was_passed() const {
  for (std::size_t p = 0; p < places_.size(); ++p) {
    if (places_[p].passed.count < places_[p].there.count) {
      return refused(
          fmt::format("partition {} of the topic of events has {} events, and of this "
                      "log {} belong there",
                      p, places_[p].there.count, places_[p].passed.count));
    }
  }
  return {};
}

Result<void> Migration::leave() {
  if (collection_->is_over()) {
    stage_ = Stage::kEnd;
  }
  return {};
}

Result<void> Migration::end() {
  if (holds().migrated->is_done) {
    stage_ = Stage::kBegin;  // It looks whether that is of all of this log.
    return {};
  }
  if (!proposal_) {
    propose(true);
  }
  HAPAX_ASSIGN(const bool is_said, proposed());
  stage_ = is_said ? Stage::kBegin : stage_;
  return {};
}

/// It says of no time that it is settled.
void Migration::report() {
  const std::chrono::nanoseconds now = parts_.clock.monotonic();
  if (collection_->has_joined() && now >= next_report_) {
    next_report_ = now + settings_.report_interval;
    collection_->report(ProcessingTime::min(), parts_.clock.now());
  }
}

}  // namespace hapax
