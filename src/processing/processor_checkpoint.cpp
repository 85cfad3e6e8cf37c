// What the processor keeps and where it starts: checkpoints, their meta record, the log's edges.
#include <algorithm>
#include <utility>

#include "processing/log_place.hpp"
#include "processing/processor_core.hpp"

namespace hapax {
namespace {

constexpr std::uint32_t kMetaVersion = 2;

}  // namespace

Checkpoint FrozenState::checkpoint() const {
  return {.meta = meta,
          .cells = cells.sorted_cells(),
          .runs = ids.sorted_runs(),
          .filters = ids.encoded_filters(),
          .live_buckets = ids.live_buckets};
}

void ProcessorCore::begin_at_start() {
  const std::vector<PartitionStart> starts = log_.starts();
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    partitions_[i].start = starts[i].offset;
    partitions_[i].processed = starts[i].offset;
    partitions_[i].log_digest = starts[i].digest;
    partitions_[i].processed_digest = starts[i].digest;
  }
}

Result<void> ProcessorCore::open_reader() {
  const std::vector<PartitionStart> starts = log_.starts();
  const std::vector<Offset> ends = log_.end_offsets();
  constexpr const char* kHint =
      "log and state are not of the same data folder; restore the log, or remove the state folder "
      "to rebuild it from the log";
  for (const Receipt::End& at : offsets()) {
    const Offset start = starts[at.partition.value()].offset;
    const Offset end = ends[at.partition.value()];
    if (at.end > end) {
      return Error{ErrorKind::kInvalid,
                   "the checkpoint is ahead of the log: it covers " + place(at.partition, at.end) +
                       ", the log ends at " + std::to_string(end.value()),
                   kHint};
    }
    if (at.end < start) {
      return Error{ErrorKind::kInvalid,
                   "the log no longer holds what follows the checkpoint: it covers " +
                       place(at.partition, at.end) + ", the log begins at " +
                       std::to_string(start.value()),
                   kHint};
    }
  }
  HAPAX_ASSIGN(reader_, log_.read(offsets()));
  return {};
}

bool ProcessorCore::checkpoint_useful() const {
  return unsaved_ && unapplied_.batches.empty();
}

bool ProcessorCore::checkpoint_urgent() const {
  if (!unapplied_.batches.empty()) {
    return false;
  }
  return dedup_.hot_ids() >= settings_.hot_ids_checkpoint ||
         (view_.dirty() && view_.memory_bytes() >= settings_.view.hot_bytes_limit);
}

bool ProcessorCore::must_wait() const {
  if (!unapplied_.batches.empty()) {
    return false;  // No checkpoint can help before the batch is applied.
  }
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
  if (failure_ || !unapplied_.batches.empty()) {
    return failure_ ? *failure_ : *step_error_;  // A batch is half applied.
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
    out.put_u64(partition.start.value());
    out.put_u64(partition.processed.value());
    out.put_digest(partition.log_digest);
    out.put_digest(partition.processed_digest);
    out.put_time(partition.watermark.value());
    out.put_time(partition.watermark.newest_received());
  }
  books_.encode(out);
  view_.encode_counted(out);
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
    partition.start = Offset(in.u64());
    partition.processed = Offset(in.u64());
    partition.log_digest = in.digest();
    partition.processed_digest = in.digest();
    const EventTime watermark = in.event_time();
    partition.watermark.restore(watermark, in.processing_time());
  }
  books_.restore(in);
  view_.restore_counted(in);
  HAPAX_TRY(dedup_.restore(in));
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "the checkpoint's meta record is damaged",
                 "remove the state folder to rebuild it from the log"};
  }
  return {};
}

}  // namespace hapax
