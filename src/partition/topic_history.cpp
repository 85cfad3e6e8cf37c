// SPDX-License-Identifier: Apache-2.0
#include "partition/topic_history.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "cluster/awaited_verdicts.hpp"
#include "cluster/claim.hpp"
#include "cluster/record_header.hpp"
#include "partition/guarded_calls.hpp"
#include "processing/log_records.hpp"
#include "processing/partition_times.hpp"
#include "record/event_wire.hpp"
#include "stream/event_hash.hpp"
#include "views/runtime/view_inputs.hpp"

namespace hapax {
namespace {

constexpr std::size_t kRecordsAtOnce = 256;

/// Reads a partition; where what it would read next is deleted, it goes on with what is left.
class WhatIsLeft {
 public:
  WhatIsLeft(PartitionId partition, Topic& topic) : partition_(partition), topic_(topic) {}

  /// Before the first poll().
  void begin(Offset at) { at_ = at; }
  /// The next records; none: there are no more now.
  Result<std::span<TopicRecord>> poll();
  /// All below it that is left was given.
  Offset position() const { return reader_ ? reader_->position() : at_; }
  /// It has jumped to position(), since something below it was deleted. Said once.
  bool take_jump() { return std::exchange(has_jumped_, false); }
  /// All that was durable when the owner had counted `event`. `counted`: up to where it has. False:
  /// or it is not known yet.
  bool has_read_all(Offset event, Offset counted);

 private:
  const PartitionId partition_;
  Topic& topic_;
  Offset at_ = {};
  std::unique_ptr<TopicReader> reader_;  // Null: it is to be opened at at_, or asked where to.
  bool is_asking_ = false;
  bool has_jumped_ = false;
  bool is_asking_end_ = false;
  Offset end_ = {};      // There was nothing behind it
  Offset end_for_ = {};  // when the owner had counted all that is below.
  GuardedCalls calls_;   // Last: it goes first.
};

Result<std::span<TopicRecord>> WhatIsLeft::poll() {
  if (is_asking_) {
    return std::span<TopicRecord>();
  }
  if (!reader_) {
    reader_ = topic_.read(partition_, at_);
  }
  Result<std::span<TopicRecord>> records = reader_->poll(kRecordsAtOnce);
  if (records || records.error().kind != ErrorKind::kCorrupt) {
    return records;
  }
  at_ = reader_->position();
  reader_.reset();
  is_asking_ = true;
  topic_.first_since(partition_, ProcessingTime(),
                     calls_.guarded(Topic::Found([this](const Result<Offset>& first) {
                       is_asking_ = false;
                       if (first && *first > at_) {
                         at_ = *first;
                         has_jumped_ = true;
                       }
                     })));
  return std::span<TopicRecord>();
}

bool WhatIsLeft::has_read_all(Offset event, Offset counted) {
  if (event < end_for_) {
    return position() >= end_;
  }
  if (!std::exchange(is_asking_end_, true)) {
    topic_.end_offset(partition_,
                      calls_.guarded(Topic::Found([this, counted](const Result<Offset>& end) {
                        is_asking_end_ = false;
                        if (end) {
                          end_ = *end;
                          end_for_ = counted;
                        }
                      })));
  }
  return false;
}

class TopicReplay : public HistoryReader {
 public:
  TopicReplay(const TopicHistory::Parts& parts, const ViewInputs& inputs)
      : parts_(parts),
        inputs_(inputs, parts_.ids),
        times_(parts.settings),
        events_(parts.partition, parts.events),
        verdict_records_(parts.partition, parts.verdicts) {}

  Result<bool> advance(std::span<RunningView* const> views, std::span<const Offset> until,
                       std::span<const ClockCorrection> /*corrections*/,
                       std::size_t bytes_max) override {
    for (std::size_t bytes = 0; bytes < bytes_max;) {
      HAPAX_TRY(fetch());
      if (unread_.empty()) {
        return events_.position() >= until.front();
      }
      const TopicRecord& record = unread_.front();
      if (record.offset >= until.front()) {
        return true;
      }
      HAPAX_ASSIGN(const bool is_passed, pass(record, until.front(), views));
      if (!is_passed) {
        return false;
      }
      bytes += record.entry.value.size();
      at_ = hapax::advance(record.offset, 1);
      verdicts_.forget_below(at_);
      unread_.pop_front();
    }
    return false;
  }
  bool is_half_way() const override { return is_taken_; }

  std::uint64_t records_done() const override { return at_.value() - begin_.value(); }
  std::uint64_t records_total(std::span<const Offset> until) const override {
    return std::max(at_, until.front()).value() - begin_.value();
  }
  std::optional<ProcessingTime> complete_from(ProcessingTime settled) const override {
    return is_cut_ ? std::optional(first_counted_.value_or(settled)) : std::nullopt;
  }
  bool knows_beginning(ProcessingTime settled) const override {
    return settled != ProcessingTime::min() || !is_cut_ || first_counted_;
  }

  void encode(ByteWriter& out) const override {
    out.put_u64(begin_.value());
    out.put_u64(at_.value());
    out.put_u64(verdicts_.needed_from(at_, verdict_records_.position()).value());
    out.put_u8(is_cut_ ? 1 : 0);
    out.put_u8(first_counted_ ? 1 : 0);
    out.put_time(first_counted_.value_or(ProcessingTime::min()));
    times_.encode_watermarks(out);
  }
  Result<void> restore(ByteReader& in) {
    begin_ = Offset(in.u64());
    at_ = Offset(in.u64());
    verdict_records_.begin(Offset(in.u64()));
    is_cut_ = in.u8() != 0;
    const bool has_first = in.u8() != 0;
    const ProcessingTime first = in.processing_time();
    first_counted_ = has_first ? std::optional(first) : std::nullopt;
    events_.begin(at_);
    verdicts_.forget_below(at_);
    return times_.restore_watermarks(in);
  }

 private:
  Result<void> fetch();
  void begin_anew_at(Offset at);
  Result<bool> pass(const TopicRecord& record, Offset until, std::span<RunningView* const> views);
  Result<std::optional<Verdict>> verdict_of(Offset event);
  Result<void> count(KeyedEvent& keyed, Verdict verdict, std::span<RunningView* const> views);

  const TopicHistory::Parts parts_;
  EventInputs inputs_;
  Offset begin_ = {};
  Offset at_ = {};  // The next event to be counted.
  bool is_cut_ = false;
  std::optional<ProcessingTime> first_counted_;  // When it was received.
  PartitionTimes times_;
  WhatIsLeft events_;
  std::deque<TopicRecord> unread_;
  WhatIsLeft verdict_records_;
  AwaitedVerdicts verdicts_;
  // Of the next event:
  bool is_taken_ = false;        // it has passed times_,
  EventTime closed_until_ = {};  // is late for that,
  std::size_t views_done_ = 0;   // and is counted in so many views.
};

Result<void> TopicReplay::fetch() {
  if (!unread_.empty()) {
    return {};
  }
  if (events_.take_jump()) {
    begin_anew_at(events_.position());
  }
  HAPAX_ASSIGN(const auto records, events_.poll());
  unread_.assign(records.begin(), records.end());
  return {};
}

/// Nothing is known of what is before it: whole is what comes from there on.
void TopicReplay::begin_anew_at(Offset at) {
  begin_ = at_ = at;
  is_cut_ = true;
  first_counted_.reset();
}

/// False: its verdict is not read yet. One that is not there any more was deleted, though verdicts
/// outlive their events as a rule.
Result<bool> TopicReplay::pass(const TopicRecord& record, Offset until,
                               std::span<RunningView* const> views) {
  HAPAX_ASSIGN(const RecordHeader header, decode_header(record.entry.header));
  if (header.kind != RecordHeader::Kind::kEvent) {
    return true;
  }
  Result<EventView> event = decode_event(record.entry.value);
  if (!event) {
    return unreadable(parts_.partition, record.offset, event.error());
  }
  std::optional<Verdict> verdict = Verdict::kRejected;
  if (!event->rejection) {
    HAPAX_ASSIGN(verdict, verdict_of(record.offset));
  }
  if (!verdict && verdict_records_.has_read_all(record.offset, until)) {
    begin_anew_at(hapax::advance(record.offset, 1));
    return true;
  }
  if (!verdict) {
    return false;
  }
  KeyedEvent keyed = key_event(*event, parts_.ids);
  HAPAX_TRY(count(keyed, *verdict, views));
  return true;
}

Result<std::optional<Verdict>> TopicReplay::verdict_of(Offset event) {
  if (const std::optional<Verdict> known = verdicts_.of(event)) {
    return known;
  }
  HAPAX_ASSIGN(const auto records, verdict_records_.poll());
  for (const TopicRecord& record : records) {
    HAPAX_ASSIGN(const VerdictBlock block, decode_verdicts(record.entry.value));
    verdicts_.tell(record.offset, block);
  }
  return verdicts_.of(event);
}

/// Goes on where it failed.
Result<void> TopicReplay::count(KeyedEvent& keyed, Verdict verdict,
                                std::span<RunningView* const> views) {
  if (!std::exchange(is_taken_, true)) {
    closed_until_ = times_.take(keyed.event, {});
    first_counted_ = first_counted_.value_or(keyed.event.received_at);
  }
  if (verdict == Verdict::kUnique) {
    inputs_.read(keyed);
    for (; views_done_ < views.size(); ++views_done_) {
      HAPAX_TRY(views[views_done_]->add(inputs_, closed_until_));
    }
  }
  views_done_ = 0;
  is_taken_ = false;
  return {};
}

/// Stands wherever the first reader does.
class FromNowOn : public HistoryReader {
 public:
  Result<bool> advance(std::span<RunningView* const> /*views*/, std::span<const Offset> /*until*/,
                       std::span<const ClockCorrection> /*corrections*/,
                       std::size_t /*bytes_max*/) override {
    return true;
  }
  bool is_half_way() const override { return false; }
  std::uint64_t records_done() const override { return 0; }
  std::uint64_t records_total(std::span<const Offset> /*until*/) const override { return 0; }
  std::optional<ProcessingTime> complete_from(ProcessingTime settled) const override {
    return settled;
  }
  bool knows_beginning(ProcessingTime settled) const override {
    return settled != ProcessingTime::min();
  }
  void encode(ByteWriter& /*out*/) const override {}
};

}  // namespace

Result<std::unique_ptr<HistoryReader>> TopicHistory::begin(const ViewInputs& inputs) {
  return std::unique_ptr<HistoryReader>(std::make_unique<TopicReplay>(parts_, inputs));
}

Result<std::unique_ptr<HistoryReader>> TopicHistory::restore(const ViewInputs& inputs,
                                                             ByteReader& in) {
  auto replay = std::make_unique<TopicReplay>(parts_, inputs);
  HAPAX_TRY(replay->restore(in));
  return std::unique_ptr<HistoryReader>(std::move(replay));
}

Result<std::unique_ptr<HistoryReader>> NoHistory::begin(const ViewInputs& /*inputs*/) {
  return std::unique_ptr<HistoryReader>(std::make_unique<FromNowOn>());
}

Result<std::unique_ptr<HistoryReader>> NoHistory::restore(const ViewInputs& /*inputs*/,
                                                          ByteReader& /*in*/) {
  return std::unique_ptr<HistoryReader>(std::make_unique<FromNowOn>());
}

}  // namespace hapax
