// SPDX-License-Identifier: Apache-2.0
// What the processor keeps and where it starts: checkpoints, their manifest, the log's edges.
#include <algorithm>
#include <utility>

#include "processing/former_view.hpp"
#include "processing/log_records.hpp"
#include "processing/manifest.hpp"
#include "processing/processor_core.hpp"
#include "processing/stored_names.hpp"

namespace hapax {
namespace {

constexpr std::size_t kEvictedAtOnce = 4'000;  ///< Some milliseconds.
constexpr std::size_t kEvictedUnseen = 64;     ///< Between two looks at how much memory is free.

std::vector<Offset> offsets_of(const std::vector<PartitionStart>& starts) {
  std::vector<Offset> offsets;
  offsets.reserve(starts.size());
  for (const PartitionStart& start : starts) {
    offsets.push_back(start.offset);
  }
  return offsets;
}

}  // namespace

Result<void> write_state(const FrozenState& frozen, StateStore& store) {
  HAPAX_ASSIGN(const std::optional<std::string> stored, store.manifest());
  if (stored == frozen.manifest) {
    return {};
  }
  HAPAX_TRY(frozen.verdict_log->save(frozen.verdicts));
  StateWrite write{.manifest = frozen.manifest};
  HAPAX_TRY(frozen.views.add_to(write, store));
  HAPAX_TRY(frozen.ids.add_to(write, store));
  frozen.names.add_to(write);
  HAPAX_TRY(frozen.numbers.add_to(write));
  HAPAX_TRY(store.write(write));
  frozen.views.let_go();
  frozen.numbers.let_go();
  return {};
}

Result<EventTime> stored_watermark(StateStore& store, const HashKey& id_key) {
  HAPAX_ASSIGN(const std::optional<std::string> stored, store.manifest());
  EventTime watermark = kWatermarkMin;
  if (stored) {
    HAPAX_ASSIGN(const ManifestReader manifest,
                 ManifestReader::open(*stored, IdHasher(id_key).key_id()));
    HAPAX_TRY(manifest.read(ManifestSection::kWatermark, [&](ByteReader& in) -> Result<void> {
      watermark = in.event_time();
      return {};
    }));
  }
  return watermark;
}

Result<void> ProcessorCore::begin_at_start() {
  const LogControls controls = log_.controls();
  HAPAX_ASSIGN(const auto results, settings_among(controls.at_start));
  HAPAX_ASSIGN(const auto clock, clock_state_among(controls.at_start));
  clock_ = clock.value_or(ClockState());
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    owners_[i].begin_at(controls.starts[i], results.value_or(settings_.results), clock_);
  }
  return {};
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
  return unsaved_ && !superseded_ && !is_half_way();
}

bool ProcessorCore::checkpoint_urgent() const {
  if (superseded_ || is_half_way()) {
    return false;
  }
  if (numbers_.dirty() && !evicting_ && numbers_.is_full()) {
    return true;
  }
  return dedup_.hot_ids() >= settings_.hot_ids_checkpoint ||
         unsaved_verdicts_ >= settings_.verdicts_checkpoint ||
         (views_.dirty() && !evicting_ && views_.memory_bytes() >= settings_.view.memory_bytes_max);
}

bool ProcessorCore::must_wait() const {
  if (is_half_way()) {
    return false;  // No checkpoint can help before the batch is applied.
  }
  if ((evicting_ && numbers_.is_full()) ||
      ((numbers_.dirty() || frozen_) && numbers_.is_over_full())) {
    return true;
  }
  return dedup_.hot_ids() >= settings_.hot_ids_limit ||
         unsaved_verdicts_ >= settings_.verdicts_limit ||
         (evicting_ && views_.memory_bytes() >= settings_.view.memory_bytes_max) ||
         ((views_.dirty() || frozen_) &&
          views_.memory_bytes() >= 2 * settings_.view.memory_bytes_max);
}

std::shared_ptr<const FrozenState> ProcessorCore::freeze() {
  auto frozen = std::make_shared<FrozenState>();
  publish_verdicts();
  frozen->verdicts = verdicts_.freeze(positions(), offsets_of(log_.starts()));
  frozen->verdict_log = &verdicts_;
  unsaved_verdicts_ = 0;
  frozen->ids = dedup_.freeze();
  views_.drop_expired(log_time_);
  frozen->views = views_.freeze();
  frozen->names = names_.freeze();
  frozen->numbers = numbers_.freeze();
  ++number_;
  frozen->manifest = encode_manifest();
  frozen->offsets = offsets();
  frozen->live_views = views_.live_ids();
  frozen->is_making_views = views_.is_making();
  frozen->in_doubt = !clock_.doubted.empty();
  frozen_ = frozen;
  unsaved_ = false;
  return frozen;
}

void ProcessorCore::commit(const FrozenState& frozen) {
  if (!failure_) {
    dedup_.commit();
    views_.commit();
    numbers_.commit();
    tells_all_ = true;
    const bool is_short = views_.memory_bytes() >= settings_.view.memory_bytes_max;
    views_.forget_over(is_short ? EventTime::max() : watermark_);
    evicting_ = true;
  }
  log_.release(subscriber_, frozen.offsets);
  committed_ = frozen.offsets;
  committed_in_doubt_ = frozen.in_doubt;
  committed_views_ = frozen.live_views;
  committed_making_ = frozen.is_making_views;
  let_go_of_log();
  frozen_.reset();
}

bool ProcessorCore::evict() {
  if (failure_) {
    return false;
  }
  std::size_t left = kEvictedAtOnce - numbers_.make_room(kEvictedAtOnce);
  if (evicting_) {
    left -= views_.evict({.over = watermark_, .count_max = left});
  }
  left -= make_room(left);
  evicting_ = left == 0;
  return evicting_;
}

/// Where memory is short, an eighth of it is freed: of all views what is the oldest.
std::size_t ProcessorCore::make_room(std::size_t count_max) {
  const std::uint64_t limit = settings_.view.memory_bytes_max;
  std::size_t count = 0;
  memory_is_short_ |= views_.memory_bytes() >= limit;
  while (memory_is_short_ && count < count_max) {
    const std::optional<std::uint32_t> oldest = views_.oldest();
    const std::size_t some = std::min(kEvictedUnseen, count_max - count);
    const std::size_t evicted = oldest ? views_.evict({.age_min = *oldest, .count_max = some}) : 0;
    count += evicted;
    memory_is_short_ = evicted > 0 && views_.memory_bytes() >= limit - limit / 8;
  }
  return count;
}

Result<void> ProcessorCore::checkpoint() {
  if (const std::shared_ptr<const FrozenState> unwritten = frozen_) {
    HAPAX_TRY(write_state(*unwritten, store_));
    commit(*unwritten);
  }
  if (failure_ || is_half_way()) {
    return failure_ ? *failure_ : *step_error_;  // A batch is half applied.
  }
  if (superseded_) {
    return {};
  }
  const std::shared_ptr<const FrozenState> frozen = freeze();
  HAPAX_TRY(write_state(*frozen, store_));
  commit(*frozen);
  return {};
}

std::vector<Receipt::End> ProcessorCore::offsets() const {
  std::vector<Receipt::End> offsets;
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    offsets.push_back({PartitionId(static_cast<std::uint32_t>(i)), owners_[i].processed()});
  }
  return offsets;
}

std::vector<PartitionStart> ProcessorCore::positions() const {
  std::vector<PartitionStart> positions;
  positions.reserve(owners_.size());
  for (const PartitionOwner& owner : owners_) {
    positions.push_back({.offset = owner.processed(), .digest = owner.log_digest()});
  }
  return positions;
}

std::string ProcessorCore::encode_manifest() const {
  ManifestWriter manifest(ids_.key_id(), number_);
  manifest.add(ManifestSection::kWatermark, [&](ByteWriter& out) { out.put_time(watermark_); });
  manifest.add(ManifestSection::kPartitions, [&](ByteWriter& out) { encode_partitions(out); });
  manifest.add(ManifestSection::kBooks, [&](ByteWriter& out) { books_.encode(out); });
  manifest.add(ManifestSection::kCounted, [&](ByteWriter& out) { counted_.encode(out); });
  manifest.add(ManifestSection::kBuckets, [&](ByteWriter& out) { dedup_.encode(out); });
  manifest.add(ManifestSection::kIdRuns, [&](ByteWriter& out) { dedup_.encode_runs(out); });
  manifest.add(ManifestSection::kClock, [&](ByteWriter& out) { encode_clock(out); });
  if (!views_.empty()) {
    manifest.add(ManifestSection::kViews, [&](ByteWriter& out) { views_.encode(out); });
    manifest.add(ManifestSection::kViewTallies,
                 [&](ByteWriter& out) { views_.encode_tallies(out); });
    manifest.add(ManifestSection::kViewHours, [&](ByteWriter& out) { views_.encode_hours(out); });
  }
  encode_names(names_, manifest);
  if (!numbers_.empty()) {
    manifest.add(ManifestSection::kNumbers, [&](ByteWriter& out) { numbers_.encode(out); });
  }
  return std::move(manifest).finish();
}

Result<void> ProcessorCore::restore(std::string_view stored) {
  HAPAX_ASSIGN(const ManifestReader manifest, ManifestReader::open(stored, ids_.key_id()));
  number_ = manifest.number();
  HAPAX_TRY(manifest.read(ManifestSection::kWatermark, [&](ByteReader& in) -> Result<void> {
    watermark_ = in.event_time();
    return {};
  }));
  HAPAX_TRY(manifest.read(ManifestSection::kPartitions,
                          [&](ByteReader& in) { return restore_partitions(in, owners_); }));
  HAPAX_TRY(
      manifest.read(ManifestSection::kBooks, [&](ByteReader& in) { return books_.restore(in); }));
  HAPAX_TRY(restore_counted(manifest));
  if (manifest.has(ManifestSection::kViews)) {
    HAPAX_TRY(
        manifest.read(ManifestSection::kViews, [&](ByteReader& in) { return views_.restore(in); }));
  }
  if (manifest.has(ManifestSection::kViewTallies)) {
    HAPAX_TRY(manifest.read(ManifestSection::kViewTallies,
                            [&](ByteReader& in) { return views_.restore_tallies(in); }));
  } else {
    views_.begin_tallies(counted_.whole());
  }
  HAPAX_TRY(restore_hours(manifest));
  HAPAX_TRY(restore_names(manifest, store_, views_.live(), names_));
  if (manifest.has(ManifestSection::kNumbers)) {
    HAPAX_TRY(manifest.read(ManifestSection::kNumbers,
                            [&](ByteReader& in) { return numbers_.restore(in); }));
  }
  HAPAX_TRY(restore_dedup(manifest));
  if (!manifest.has(ManifestSection::kClock)) {  // Of a version whose clock was always believed.
    for (PartitionOwner& owner : owners_) {
      owner.believe_clock();
    }
    return {};
  }
  return manifest.read(ManifestSection::kClock, [&](ByteReader& in) { return restore_clock(in); });
}

// Version 3 had it with the cells of events_per_minute, which is made anew, as other views are.
Result<void> ProcessorCore::restore_counted(const ManifestReader& manifest) {
  if (!manifest.has(ManifestSection::kFormerView)) {
    return manifest.read(ManifestSection::kCounted, [&](ByteReader& in) -> Result<void> {
      counted_.restore(in);
      return {};
    });
  }
  return manifest.read(ManifestSection::kFormerView, [&](ByteReader& in) -> Result<void> {
    views_.drop_tables(read_former_view(in, counted_));
    return {};
  });
}

Result<void> ProcessorCore::restore_dedup(const ManifestReader& manifest) {
  return manifest.read(ManifestSection::kBuckets, [&](ByteReader& buckets) -> Result<void> {
    if (!manifest.has(ManifestSection::kIdRuns)) {
      return dedup_.restore(buckets, nullptr);
    }
    return manifest.read(ManifestSection::kIdRuns,
                         [&](ByteReader& runs) { return dedup_.restore(buckets, &runs); });
  });
}

Result<void> ProcessorCore::restore_hours(const ManifestReader& manifest) {
  if (manifest.has(ManifestSection::kViewHours)) {
    return manifest.read(ManifestSection::kViewHours,
                         [&](ByteReader& in) { return views_.restore_hours(in); });
  }
  if (const auto newest = books_.newest(std::nullopt)) {
    views_.begin_hours(newest->received_at);
  }
  return {};
}

void ProcessorCore::encode_clock(ByteWriter& out) const {
  out.put_string(encode_clock_state(clock_));
  encode_corrections(corrections_, out);
  for (const PartitionOwner& owner : owners_) {
    owner.encode_clock(out);
  }
}

Result<void> ProcessorCore::restore_clock(ByteReader& in) {
  HAPAX_ASSIGN(clock_, decode_clock_state(in.string()));
  corrections_ = decode_corrections(in);
  for (PartitionOwner& owner : owners_) {
    HAPAX_TRY(owner.restore_clock(in));
  }
  return {};
}

void ProcessorCore::encode_partitions(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(owners_.size()));
  for (const PartitionOwner& owner : owners_) {
    owner.encode(out);
  }
}

Result<void> ProcessorCore::restore_partitions(ByteReader& in,
                                               std::vector<PartitionOwner>& owners) {
  if (const std::uint32_t count = in.u32(); count != owners.size()) {
    return Error{ErrorKind::kInvalid, "the checkpoint is of " + std::to_string(count) +
                                          " partitions, the log has " +
                                          std::to_string(owners.size())};
  }
  for (PartitionOwner& owner : owners) {
    HAPAX_TRY(owner.restore(in));
  }
  return {};
}

}  // namespace hapax
