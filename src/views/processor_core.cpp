#include "views/processor_core.hpp"

#include <algorithm>
#include <utility>

#include "core/event_wire.hpp"
#include "stream/event_hash.hpp"

namespace hapax {
namespace {

constexpr std::uint32_t kMetaVersion = 1;
constexpr std::size_t kPrefetchAhead = 16;

std::string place(PartitionId partition, Offset offset) {
  return "partition " + std::to_string(partition.value()) + " offset " +
         std::to_string(offset.value());
}

}  // namespace

Checkpoint FrozenState::checkpoint() const {
  return {.meta = meta,
          .cells = cells.sorted_cells(),
          .runs = ids.sorted_runs(),
          .filters = ids.encoded_filters(),
          .live_buckets = ids.live_buckets};
}

ProcessorCore::ProcessorCore(const ProcessorSettings& settings, EventLog& log,
                             CheckpointStore& store, const Clock& clock)
    : settings_(settings),
      log_(log),
      store_(store),
      clock_(clock),
      partitions_(log.partition_count(),
                  Partition{.watermark = PartitionWatermark(settings.watermark)}),
      dedup_(settings.dedup, store),
      view_(store) {}

Result<std::unique_ptr<ProcessorCore>> ProcessorCore::open(const ProcessorSettings& settings,
                                                           EventLog& log, CheckpointStore& store,
                                                           const Clock& clock) {
  std::unique_ptr<ProcessorCore> core(new ProcessorCore(settings, log, store, clock));
  HAPAX_ASSIGN(const std::optional<std::string> meta, store.meta());
  if (meta) {
    HAPAX_TRY(core->restore(*meta));
  }
  HAPAX_TRY(core->open_reader());
  return core;
}

Result<void> ProcessorCore::open_reader() {
  const std::vector<Offset> ends = log_.end_offsets();
  for (const Receipt::End& at : offsets()) {
    const Offset end = ends[at.partition.value()];
    if (at.end > end) {
      return Error{ErrorKind::kInvalid,
                   "the checkpoint is ahead of the log: it covers " + place(at.partition, at.end) +
                       ", the log ends at " + std::to_string(end.value()),
                   "log and state are not of the same data folder; restore the log, or remove the "
                   "state folder to rebuild it from the log"};
    }
  }
  HAPAX_ASSIGN(reader_, log_.read(offsets()));
  return {};
}

Error ProcessorCore::fail(Error error) {
  failure_ = error;
  return error;
}

Result<bool> ProcessorCore::step() {
  if (failure_) {
    return *failure_;
  }
  const std::vector<Offset> ends = log_.end_offsets();
  const auto batches = reader_->poll(settings_.poll_bytes_max);
  if (!batches) {
    return fail(batches.error());
  }
  for (const LogBatch& batch : *batches) {
    if (Result<void> applied = apply(batch); !applied) {
      return fail(std::move(applied).error());
    }
  }
  follow(ends);
  return !batches->empty();
}

Result<void> ProcessorCore::apply(const LogBatch& batch) {
  if (batch.partition.value() >= partitions_.size() ||
      batch.base_offset != partitions_[batch.partition.value()].processed) {
    return Error{ErrorKind::kCorrupt, "the log continued at " +
                                          place(batch.partition, batch.base_offset) +
                                          " where the processor is at " + position_text()};
  }
  HAPAX_TRY(decode(batch));
  Partition& partition = partitions_[batch.partition.value()];
  unsaved_ = true;
  for (std::size_t i = 0; i < decoded_.size(); ++i) {
    if (i + kPrefetchAhead < decoded_.size()) {
      dedup_.prefetch(decoded_[i + kPrefetchAhead].seen.id);
    }
    HAPAX_TRY(apply_event(partition, decoded_[i]));
  }
  partition.processed = advance(batch.base_offset, batch.record_count);
  partition.log_digest = batch.digest_after;
  counters_.records += batch.record_count;
  return {};
}

// All of a batch, before any of it is applied.
Result<void> ProcessorCore::decode(const LogBatch& batch) {
  decoded_.clear();
  std::string_view records = batch.records;
  while (!records.empty()) {
    const Offset at = advance(batch.base_offset, decoded_.size());
    Result<EventView> event =
        take_framed(records).and_then([](std::string_view record) { return decode_event(record); });
    if (!event) {
      return Error{ErrorKind::kCorrupt, "the record at " + place(batch.partition, at) +
                                            " cannot be read: " + event.error().message};
    }
    decoded_.push_back({.event = *event, .seen = seen_id(*event)});
  }
  if (decoded_.size() != batch.record_count) {
    return Error{ErrorKind::kCorrupt, "the batch at " + place(batch.partition, batch.base_offset) +
                                          " holds " + std::to_string(decoded_.size()) +
                                          " records instead of " +
                                          std::to_string(batch.record_count)};
  }
  return {};
}

Result<void> ProcessorCore::apply_event(Partition& partition, const Decoded& decoded) {
  const EventView& event = decoded.event;
  const Hash128& id = decoded.seen.id;
  partition.processed_digest.add(id);
  if (event.rejection) {
    books_.enter_rejected(event, id);
    return {};
  }
  PartitionWatermark& watermark = partition.watermark;
  watermark.arrive(event.received_at);
  HAPAX_ASSIGN(const Seen seen, dedup_.add(decoded.seen, watermark.newest_received()));
  const EventTime end = MinuteView::cell_end(MinuteView::cell_start(event.event_time));
  const bool late = is_closed(end, watermark.value());
  if (seen == Seen::kFirst) {
    HAPAX_TRY(view_.add(event, late));
  }
  books_.enter(event, id, seen, late);
  counters_.duplicates += seen != Seen::kFirst ? 1 : 0;
  counters_.conflicts += seen == Seen::kConflict ? 1 : 0;
  watermark.pass(event.event_time, event.received_at);
  return {};
}

// `ends` are from before the poll, so a partition that reached them had nothing more at that time.
void ProcessorCore::follow(const std::vector<Offset>& ends) {
  std::vector<PartitionProgress> progress;
  lag_records_ = 0;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    Partition& partition = partitions_[i];
    partition.caught_up = partition.processed >= ends[i];
    if (!partition.caught_up) {
      lag_records_ += ends[i].value() - partition.processed.value();
    }
    progress.push_back({.watermark = partition.watermark.value(),
                        .started = partition.watermark.started(),
                        .caught_up = partition.caught_up});
  }
  watermark_ = std::max(watermark_, global_watermark(progress, clock_.now(), settings_.watermark));
  if (const std::optional<ProcessingTime> clock = expiry_clock()) {
    dedup_.expire(*clock);
  }
}

// No record still to come was received before it. In a replay one partition may be read days ahead
// of another, whose records must still find their ids: so the one furthest behind decides. One that
// is caught up will go on with records received from now on.
std::optional<ProcessingTime> ProcessorCore::expiry_clock() const {
  std::optional<ProcessingTime> behind;
  std::optional<ProcessingTime> newest;
  for (const Partition& partition : partitions_) {
    if (!partition.watermark.started()) {
      if (!partition.caught_up) {
        return std::nullopt;  // Its times are not known yet.
      }
      continue;
    }
    const ProcessingTime received = partition.watermark.newest_received();
    newest = std::max(newest.value_or(received), received);
    if (!partition.caught_up) {
      behind = std::min(behind.value_or(received), received);
    }
  }
  return behind ? behind : newest;
}

bool ProcessorCore::checkpoint_useful() const {
  return unsaved_;
}

bool ProcessorCore::checkpoint_urgent() const {
  return dedup_.hot_ids() >= settings_.hot_ids_checkpoint ||
         (view_.dirty() && view_.memory_bytes() >= settings_.view.hot_bytes_limit);
}

bool ProcessorCore::must_wait() const {
  return dedup_.hot_ids() >= settings_.hot_ids_limit ||
         (view_.dirty() && view_.memory_bytes() >= 2 * settings_.view.hot_bytes_limit);
}

std::shared_ptr<const FrozenState> ProcessorCore::freeze() {
  auto frozen = std::make_shared<FrozenState>();
  frozen->ids = dedup_.freeze();
  frozen->cells = view_.freeze();
  frozen->meta = encode_meta();
  frozen->offsets = offsets();
  frozen_ = frozen;
  unsaved_ = false;
  return frozen;
}

void ProcessorCore::commit(const FrozenState& frozen) {
  dedup_.commit();
  view_.commit();
  const bool full = view_.memory_bytes() >= settings_.view.hot_bytes_limit;
  view_.evict(full ? EventTime::max() : watermark_);
  log_.release(frozen.offsets);
  frozen_.reset();
}

Result<void> ProcessorCore::checkpoint() {
  if (const std::shared_ptr<const FrozenState> unwritten = frozen_) {
    HAPAX_TRY(store_.write(unwritten->checkpoint()));
    commit(*unwritten);
  }
  if (failure_) {
    return *failure_;
  }
  const std::shared_ptr<const FrozenState> frozen = freeze();
  HAPAX_TRY(store_.write(frozen->checkpoint()));
  commit(*frozen);
  return {};
}

std::vector<Receipt::End> ProcessorCore::offsets() const {
  std::vector<Receipt::End> offsets;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    offsets.push_back({PartitionId(static_cast<std::uint32_t>(i)), partitions_[i].processed});
  }
  return offsets;
}

std::string ProcessorCore::encode_meta() const {
  std::string meta;
  ByteWriter out(meta);
  out.put_u32(kMetaVersion);
  out.put_time(watermark_);
  out.put_u32(static_cast<std::uint32_t>(partitions_.size()));
  for (const Partition& partition : partitions_) {
    out.put_u64(partition.processed.value());
    out.put_digest(partition.log_digest);
    out.put_digest(partition.processed_digest);
    out.put_time(partition.watermark.value());
    out.put_time(partition.watermark.newest_received());
  }
  books_.encode(out);
  dedup_.encode(out);
  return meta;
}

Result<void> ProcessorCore::restore(std::string_view meta) {
  ByteReader in(meta);
  if (const std::uint32_t version = in.u32(); version != kMetaVersion) {
    return Error{ErrorKind::kInvalid,
                 "the checkpoint has format version " + std::to_string(version) +
                     ", this program reads " + std::to_string(kMetaVersion),
                 "use the version that wrote it, or remove the state folder to rebuild it"};
  }
  watermark_ = in.event_time();
  if (const std::uint32_t count = in.u32(); count != partitions_.size()) {
    return Error{ErrorKind::kInvalid, "the checkpoint is of " + std::to_string(count) +
                                          " partitions, the log has " +
                                          std::to_string(partitions_.size())};
  }
  for (Partition& partition : partitions_) {
    partition.processed = Offset(in.u64());
    partition.log_digest = in.digest();
    partition.processed_digest = in.digest();
    const EventTime watermark = in.event_time();
    partition.watermark.restore(watermark, in.processing_time());
  }
  books_.restore(in);
  HAPAX_TRY(dedup_.restore(in));
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "the checkpoint's meta record is damaged",
                 "remove the state folder to rebuild it from the log"};
  }
  return {};
}

}  // namespace hapax
