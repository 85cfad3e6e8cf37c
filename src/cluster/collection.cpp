// SPDX-License-Identifier: Apache-2.0
#include "cluster/collection.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "cluster/record_header.hpp"
#include "cluster/topic_log.hpp"
#include "core/time_math.hpp"

namespace hapax {
namespace {

constexpr PartitionId kControl{0};

}  // namespace

Collection::Collection(CollectorId id, const CollectionSettings& settings, const Parts& parts)
    : id_(id),
      settings_(settings),
      events_(parts.events),
      log_(log_of(parts.events)),
      follower_(parts.follower),
      notes_(parts.control),
      partitions_(parts.events.partition_count(), Partition(settings.mark_records)) {
  notes_.append(kControl, {.header = {}, .value = encode_note(CollectorJoined{id_})});
}

void Collection::step() {
  notes_.step();
  for (std::uint32_t p = 0; p < partitions_.size(); ++p) {
    fence(PartitionId(p));
  }
  end_when_settled();
  look_at_control();
}

void Collection::look_at_control() {
  const ControlState& said = follower_.state();
  const bool is_there = said.completeness().has(id_);
  if (!joined_ && is_there) {
    // Before its first report nothing is complete behind where it joined.
    joined_ = true;
    newest_ = stamps_from_ = said.completeness().bound();
  }
  if (const CollectorReports::Said* own = said.reports().of(id_); own != nullptr) {
    seen_ = {
        .count = own->count, .clock = own->report.clock, .appended_at = own->reported.appended_at};
  }
  gone_ = gone_ || (joined_ && !is_there) || said.completeness().is_gone(id_);
}

bool Collection::is_over() const {
  const auto is_idle = [](const Partition& partition) {
    return partition.on_their_way == 0 && !partition.fencing;
  };
  return gone_ && last_words_ && notes_.durable_below() == notes_.next_number() &&
         std::ranges::all_of(partitions_, is_idle);
}

std::size_t Collection::failed_partitions() const {
  return static_cast<std::size_t>(std::ranges::count_if(partitions_, &Partition::failed));
}

void Collection::report(ProcessingTime settled, ProcessingTime clock) {
  if (!joined_ || last_words_) {
    return;
  }
  newest_ = std::max(newest_, settled);
  clock_ = clock;
  CollectorReport report{
      .collector = id_, .oldest_unsettled = newest_, .clock = clock, .accounts = {}};
  for (const auto& [id, request] : requests_) {
    report.oldest_unsettled = std::min(report.oldest_unsettled, request.received_at);
  }
  for (const Partition& partition : partitions_) {
    report.accounts.push_back(partition.ledger.account());
  }
  notes_.append(kControl, {.header = {}, .value = encode_note(report)});
}

Collection::Begun Collection::begin(ProcessingTime clock) {
  assert(is_ready());
  newest_ = std::max(newest_, clock);
  const RequestId id(next_request_++);
  requests_.emplace(id, Request{.received_at = newest_});
  return {.request = id, .received_at = newest_};
}

Collection::RequestId Collection::begin_stamped(ProcessingTime oldest) {
  assert(is_ready() && oldest >= newest_);
  const RequestId id(next_request_++);
  requests_.emplace(id, Request{.received_at = oldest});
  return id;
}

Result<void> Collection::append(RequestId request, std::vector<CollectedEvent> events,
                                Answered done) {
  const auto found = requests_.find(request);
  assert(found != requests_.end() && !events.empty());
  std::map<PartitionId, std::vector<CollectedEvent>> units;
  for (CollectedEvent& event : events) {
    if (partitions_[event.partition.value()].failed) {
      requests_.erase(found);
      return Error{ErrorKind::kUnavailable,
                   fmt::format("partition {} of the topic of events takes nothing now",
                               event.partition.value()),
                   "send again in a moment"};
    }
    units[event.partition].push_back(std::move(event));
  }
  found->second.unsettled = found->second.unanswered = units.size();
  found->second.done = std::move(done);
  for (auto& [partition, unit] : units) {
    append_unit(request, partition, std::move(unit));
  }
  return {};
}

void Collection::append_unit(RequestId request, PartitionId id,
                             std::vector<CollectedEvent> events) {
  Partition& partition = partitions_[id.value()];
  std::vector<Hash128> ids;
  ids.reserve(events.size());
  for (const CollectedEvent& event : events) {
    ids.push_back(event.id);
  }
  RecordHeader header{
      .collector = id_, .sequence = partition.ledger.open(std::move(ids)).first, .epoch = epoch()};
  std::vector<TopicEntry> entries;
  entries.reserve(events.size());
  for (CollectedEvent& event : events) {
    entries.push_back({.header = encode_header(header), .value = std::move(event.record)});
    ++header.sequence;
  }
  partition.units.push_back(request);
  ++partition.on_their_way;
  partition.told = newest_;
  open_ += entries.size();
  events_.append(id, std::move(entries), [this, request, id](const Result<Offset>& end) {
    --partitions_[id.value()].on_their_way;
    answered(id, end);
    tell(request, id, end);
  });
}

void Collection::answered(PartitionId id, const Result<Offset>& end) {
  Partition& partition = partitions_[id.value()];
  if (!end) {
    partition.failed = true;
    last_failure_ = end.error().message;
    return;
  }
  open_ -= partition.ledger.acknowledge(*end);
  settle_unit(partition);
}

/// The oldest one.
void Collection::settle_unit(Partition& partition) {
  const auto request = requests_.find(partition.units.front());
  partition.units.pop_front();
  if (--request->second.unsettled == 0 && request->second.unanswered == 0) {
    requests_.erase(request);
  }
}

void Collection::tell(RequestId id, PartitionId partition, const Result<Offset>& end) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) {
    return;
  }
  Request& request = found->second;
  if (end) {
    request.ends.push_back({.partition = partition, .end = *end});
  } else {
    request.failed = true;
  }
  if (--request.unanswered > 0) {
    return;
  }
  const Answered done = std::move(request.done);
  Result<Receipt> answer(Receipt{.log = log_, .ends = std::move(request.ends)});
  if (request.failed) {
    answer = Error{ErrorKind::kUnavailable,
                   "it is not known whether the log has all events of the request",
                   "send it again: what is there twice counts once"};
  }
  if (request.unsettled == 0) {
    requests_.erase(found);
  }
  done(std::move(answer));
}

/// Behind a record that was appended after reopening nothing of before can come any more. Where all
/// is well it only says what time it is.
void Collection::fence(PartitionId id) {
  Partition& partition = partitions_[id.value()];
  const bool is_silent =
      joined_ && !gone_ && saturating_add(newest_, -settings_.tell_time_after) > partition.told;
  if (partition.fencing || (partition.failed ? partition.on_their_way > 0 : !is_silent)) {
    return;
  }
  partition.fencing = true;
  partition.told = newest_;
  if (partition.failed) {
    events_.reopen(id);
  }
  const RecordHeader header{.kind = RecordHeader::Kind::kFence, .collector = id_, .epoch = epoch()};
  std::vector<TopicEntry> entries;
  entries.push_back({.header = encode_header(header), .value = encode_fence(newest_)});
  const bool is_reopened = partition.failed;
  events_.append(id, std::move(entries), [this, id, is_reopened](const Result<Offset>& end) {
    partitions_[id.value()].fencing = false;
    if (!end) {
      partitions_[id.value()].failed = true;  // step() tries again.
      last_failure_ = end.error().message;
    } else if (is_reopened) {
      fenced(id, *end);
    }
  });
}

void Collection::fenced(PartitionId id, Offset end) {
  Partition& partition = partitions_[id.value()];
  partition.failed = false;
  const std::size_t before = partition.ledger.account().unknown.size();
  partition.ledger.give_up(end);
  const std::size_t given_up = partition.ledger.account().unknown.size() - before;
  unknown_ += given_up;
  open_ -= given_up;
  while (!partition.units.empty()) {
    settle_unit(partition);
  }
}

/// Who was declared gone still says what became of its records.
void Collection::end_when_settled() {
  if ((!leaving_ && !gone_) || !requests_.empty() || last_words_) {
    return;
  }
  report(newest_, clock_);
  last_words_ = notes_.append(
      kControl,
      {.header = {}, .value = encode_note(CollectorGone{.collector = id_, .by_itself = true})});
}

}  // namespace hapax
