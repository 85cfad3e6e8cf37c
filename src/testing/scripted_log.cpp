// SPDX-License-Identifier: Apache-2.0
#include "testing/scripted_log.hpp"

#include <algorithm>

#include "hash/id_hasher.hpp"
#include "record/event_wire.hpp"

namespace hapax {

PartitionRecords records_of(PartitionId partition, const std::vector<EventView>& events) {
  PartitionRecords part{.partition = partition, .record_count = 0, .digest = {}, .records = {}};
  for (const EventView& event : events) {
    std::string record;
    encode_event(event, record);
    append_framed(record, part.records);
    part.ids.push_back(IdHasher().event_id(event.source, event.message_id));
    part.digest.add(part.ids.back());
    ++part.record_count;
  }
  return part;
}

std::string control_record(std::string_view kind, std::string_view value) {
  const std::string control = encode_control({.kind = kind, .value = value});
  EventView event;
  event.control = control;
  std::string record;
  encode_event(event, record);
  return record;
}

/// Reads by place among all batches that there were, so that a damaged list is read as it is.
class ScriptedLog::Reader : public LogReader {
 public:
  Reader(const ScriptedLog& log, std::span<const Receipt::End> start)
      : log_(log), next_(log.dropped_) {
    for (const Receipt::End& at : start) {
      std::size_t& next = next_[at.partition.value()];
      for (const Batch& batch : log.partitions_[at.partition.value()]) {
        next += batch.base_offset < at.end ? 1 : 0;
      }
    }
  }

  Result<std::span<const LogBatch>> poll(std::size_t bytes_max) override {
    if (log_.poll_error_) {
      return *log_.poll_error_;
    }
    found_.clear();
    std::size_t bytes = 0;
    while (bytes < bytes_max && take_one(bytes)) {
    }
    return std::span<const LogBatch>(found_);
  }

 private:
  /// Of a partition; null at its end.
  const Batch* next_of(std::size_t partition) const {
    const auto& batches = log_.partitions_[partition];
    const std::size_t at = next_[partition] - log_.dropped_[partition];
    return at == batches.size() ? nullptr : &batches[at];
  }

  /// The partition whose turn it is; nothing at the end of all.
  std::optional<std::size_t> next_partition() const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < next_.size(); ++i) {
      const std::size_t at = (turn_ + i) % next_.size();
      const Batch* batch = next_of(at);
      const bool is_less = !found || (log_.order_ == ReadOrder::kAsAppended && batch != nullptr &&
                                      batch->number < next_of(*found)->number);
      found = batch != nullptr && is_less ? at : found;
    }
    return found;
  }

  bool take_one(std::size_t& bytes) {
    const std::optional<std::size_t> at = next_partition();
    if (!at) {
      return false;
    }
    const Batch& batch = *next_of(*at);
    ++next_[*at];
    found_.push_back({.partition = PartitionId(static_cast<std::uint32_t>(*at)),
                      .base_offset = batch.base_offset,
                      .record_count = batch.record_count,
                      .digest_after = batch.digest_after,
                      .is_control = batch.is_control,
                      .records = batch.records});
    bytes += batch.records.size();
    turn_ = log_.order_ == ReadOrder::kRoundRobin ? *at + 1 : *at;
    return true;
  }

  const ScriptedLog& log_;
  std::vector<std::size_t> next_;
  std::size_t turn_ = 0;
  std::vector<LogBatch> found_;
};

void ScriptedLog::keep(PartitionRecords part, bool is_control) {
  std::deque<Batch>& batches = partitions_[part.partition.value()];
  const Offset base = end_offsets()[part.partition.value()];
  Digest digest =
      batches.empty() ? starts_[part.partition.value()].digest : batches.back().digest_after;
  digest.add(part.digest);
  batches.push_back({.base_offset = base,
                     .record_count = part.record_count,
                     .digest_after = digest,
                     .records = std::move(part.records),
                     .is_control = is_control,
                     .number = batch_count_++});
  take_control(batches.back(), controls_at_end_);
}

void ScriptedLog::take_control(const Batch& batch, Controls& controls) {
  if (batch.is_control) {
    std::string_view framed = batch.records;
    const std::string_view record = take_framed(framed).value();
    const auto kind = decode_control(decode_event(record).value().control).value().kind;
    controls[std::string(kind)] = record;
  }
}

void ScriptedLog::drop(PartitionId partition, std::size_t batch_count) {
  std::deque<Batch>& batches = partitions_[partition.value()];
  for (; batch_count > 0; --batch_count) {
    const Batch& oldest = batches.front();
    starts_[partition.value()] = {.offset = advance(oldest.base_offset, oldest.record_count),
                                  .digest = oldest.digest_after};
    take_control(oldest, controls_at_start_);
    batches.erase(batches.begin());
    ++dropped_[partition.value()];
  }
}

void ScriptedLog::add(PartitionId partition, const std::vector<EventView>& events) {
  keep(records_of(partition, events));
}

Result<void> ScriptedLog::append(std::vector<PartitionRecords> parts, AppendDone done) {
  pending_.push_back({.parts = std::move(parts), .done = std::move(done)});
  settle();
  return {};
}

Result<void> ScriptedLog::append_control(std::string record, AppendDone done) {
  const auto event = decode_event(record);
  if (!event || !decode_control(event->control)) {
    done(Error{ErrorKind::kInvalid, "this is no control record"});
    return {};
  }
  std::string records;
  append_framed(record, records);
  std::vector<PartitionRecords> parts;
  for (std::uint32_t p = 0; p < partition_count(); ++p) {
    parts.push_back(
        {.partition = PartitionId(p), .record_count = 1, .digest = {}, .records = records});
  }
  pending_.push_back({.parts = std::move(parts), .done = std::move(done), .is_control = true});
  settle();
  return {};
}

std::vector<Offset> ScriptedLog::recent() const {
  std::vector<Offset> recent;
  recent.reserve(starts_.size());
  for (const PartitionStart& start : starts_) {
    recent.push_back(start.offset);
  }
  return recent;
}

std::vector<Offset> ScriptedLog::recent_before(std::span<const Offset> before) const {
  std::vector<Offset> begin = recent();
  for (std::size_t p = 0; file_batches_ && p < begin.size(); ++p) {
    const auto& batches = partitions_[p];
    std::size_t below = 0;
    while (below < batches.size() && batches[below].base_offset < before[p]) {
      ++below;
    }
    if (below > *file_batches_) {
      begin[p] = batches[below - *file_batches_].base_offset;
    }
  }
  return begin;
}

LogControls ScriptedLog::controls() const {
  LogControls controls{.starts = starts_, .at_start = {}, .at_end = {}};
  for (const auto& [kind, record] : controls_at_start_) {
    controls.at_start.push_back(record);
  }
  for (const auto& [kind, record] : controls_at_end_) {
    controls.at_end.push_back(record);
  }
  return controls;
}

void ScriptedLog::settle_at_once(std::optional<Error> error) {
  at_once_ = true;
  append_error_ = std::move(error);
}

void ScriptedLog::settle() {
  if (at_once_ && append_error_) {
    fail_pending(*append_error_);
  } else if (at_once_) {
    sync();
  }
}

void ScriptedLog::sync() {
  while (!pending_.empty()) {
    Pending append = std::move(pending_.front());
    pending_.pop_front();
    Receipt receipt{.log = kId};
    for (PartitionRecords& part : append.parts) {
      const PartitionId partition = part.partition;
      keep(std::move(part), append.is_control);
      receipt.ends.push_back({partition, end_offsets()[partition.value()]});
    }
    append.done(std::move(receipt));
  }
  for (const auto& [id, notify] : notify_) {
    notify();
  }
}

void ScriptedLog::fail_pending(const Error& error) {
  while (!pending_.empty()) {
    const Pending append = std::move(pending_.front());
    pending_.pop_front();
    append.done(error);
  }
}

std::uint32_t ScriptedLog::partition_count() const {
  return static_cast<std::uint32_t>(partitions_.size());
}

Result<std::unique_ptr<LogReader>> ScriptedLog::read(std::span<const Receipt::End> start) {
  const auto ends = end_offsets();
  for (const Receipt::End& at : start) {
    if (at.end > ends[at.partition.value()]) {
      return Error{ErrorKind::kInvalid, "an offset beyond the end"};
    }
    if (at.end < starts_[at.partition.value()].offset) {
      return Error{ErrorKind::kInvalid, "an offset below the start"};
    }
  }
  return std::unique_ptr<LogReader>(new Reader(*this, start));
}

std::vector<Offset> ScriptedLog::end_offsets() const {
  std::vector<Offset> ends;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const std::deque<Batch>& batches = partitions_[i];
    ends.push_back(batches.empty()
                       ? starts_[i].offset
                       : advance(batches.back().base_offset, batches.back().record_count));
  }
  return ends;
}

NotifyId ScriptedLog::on_durable(std::function<void()> notify) {
  const NotifyId id(++next_id_);
  notify_.emplace(id, std::move(notify));
  return id;
}

SubscriberId ScriptedLog::subscribe(LogSubscription subscription) {
  for (Subscriber& subscriber : subscribers_) {
    if (subscriber.subscription.name == subscription.name) {
      subscriber.subscription = std::move(subscription);
      return subscriber.id;
    }
  }
  const SubscriberId id(++next_id_);
  subscribers_.push_back({.id = id, .subscription = std::move(subscription), .released = {}});
  for (const PartitionStart& start : starts_) {
    subscribers_.back().released.push_back(start.offset);
  }
  return id;
}

void ScriptedLog::release(SubscriberId id, std::span<const Receipt::End> ends) {
  released_.assign(ends.begin(), ends.end());
  for (Subscriber& subscriber : subscribers_) {
    for (const auto& [partition, end] : ends) {
      Offset& released = subscriber.released[partition.value()];
      released = subscriber.id == id ? std::max(released, end) : released;
    }
  }
}

bool ScriptedLog::unsubscribe(std::string_view name) {
  return std::erase_if(subscribers_, [name](const Subscriber& subscriber) {
           return subscriber.subscription.name == name;
         }) > 0;
}

std::vector<Offset> ScriptedLog::over_retention() const {
  std::vector<Offset> over;
  over.reserve(starts_.size());
  for (const PartitionStart& start : starts_) {
    over.push_back(start.offset);
  }
  return keeps_all_ ? over : end_offsets();
}

void ScriptedLog::retain() {
  for (std::uint32_t p = 0; p < partition_count(); ++p) {
    while (!partitions_[p].empty() && !is_held(PartitionId(p))) {
      drop(PartitionId(p), 1);
    }
  }
}

/// Whether somebody has not released the oldest batch of the partition, and may hold it.
bool ScriptedLog::is_held(PartitionId partition) const {
  const Batch& oldest = partitions_[partition.value()].front();
  const Offset end = advance(oldest.base_offset, oldest.record_count);
  const std::size_t bytes = retained_bytes();
  return subscribers_.empty() || std::ranges::any_of(subscribers_, [&](const Subscriber& one) {
           return one.released[partition.value()] < end &&
                  bytes <= one.subscription.retained_bytes_limit.value_or(bytes);
         });
}

std::size_t ScriptedLog::retained_bytes() const {
  std::size_t bytes = 0;
  for (const std::deque<Batch>& batches : partitions_) {
    for (const Batch& batch : batches) {
      bytes += batch.records.size();
    }
  }
  return bytes;
}

}  // namespace hapax
