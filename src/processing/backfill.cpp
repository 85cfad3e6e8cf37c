// SPDX-License-Identifier: Apache-2.0
#include "processing/backfill.hpp"

#include <algorithm>
#include <utility>

#include "processing/log_records.hpp"

namespace hapax {
namespace {

Offset end_of(const LogBatch& batch) {
  return advance(batch.base_offset, batch.record_count);
}

}  // namespace

Backfill::Backfill(const Parts& parts)
    : parts_(parts),
      inputs_(parts.inputs, parts.ids),
      stored_verdicts_(parts.verdicts, parts.log.partition_count()) {}

Result<std::unique_ptr<Backfill>> Backfill::begin(const Parts& parts,
                                                  const ResultSettings& settings) {
  const LogControls controls = parts.log.controls();
  HAPAX_ASSIGN(const auto results, settings_among(controls.at_start));
  HAPAX_ASSIGN(const auto clock, clock_state_among(controls.at_start));
  const std::vector<Offset> verdicts_from = parts.verdicts.stats().complete_from;
  std::unique_ptr<Backfill> backfill(new Backfill(parts));
  for (std::size_t i = 0; i < controls.starts.size(); ++i) {
    const Offset start = controls.starts[i].offset;
    Place place{.begin = start,
                .at = start,
                .counted_from = std::max(start, verdicts_from[i]),
                .first_counted = {},
                .times = PartitionTimes(results.value_or(settings))};
    place.times.begin_at(clock.value_or(ClockState()));
    backfill->places_.push_back(std::move(place));
  }
  return backfill;
}

Result<bool> Backfill::advance(std::span<RunningView* const> views, std::span<const Offset> until,
                               std::span<const ClockCorrection> corrections,
                               std::size_t bytes_max) {
  for (std::size_t bytes = 0; bytes < bytes_max;) {
    if (batches_.empty()) {
      HAPAX_TRY(poll(bytes_max - bytes));
    }
    if (batches_.empty()) {
      break;
    }
    const LogBatch& batch = batches_.front();
    if (end_of(batch) > until[batch.partition.value()]) {
      break;
    }
    HAPAX_TRY(apply(batch, views, corrections));
    bytes += batch.records.size();
    batches_ = batches_.subspan(1);
  }
  return stands_at(until);
}

bool Backfill::stands_at(std::span<const Offset> until) const {
  return std::ranges::equal(places_, until, {}, &Place::at);
}

Result<void> Backfill::poll(std::size_t bytes_max) {
  if (!reader_) {
    const std::vector<Receipt::End> from = offsets();
    HAPAX_ASSIGN(reader_, parts_.log.read(from));
  }
  HAPAX_ASSIGN(batches_, reader_->poll(bytes_max));
  return {};
}

Result<void> Backfill::apply(const LogBatch& batch, std::span<RunningView* const> views,
                             std::span<const ClockCorrection> corrections) {
  Place& place = places_[batch.partition.value()];
  if (!taken_) {
    HAPAX_TRY(take(batch, place, corrections));
    taken_ = true;
  }
  for (; events_done_ < events_.size(); ++events_done_) {
    HAPAX_TRY(apply_event(events_[events_done_], place, views));
  }
  place.at = end_of(batch);
  taken_ = false;
  events_done_ = 0;
  return {};
}

Result<void> Backfill::take(const LogBatch& batch, Place& place,
                            std::span<const ClockCorrection> corrections) {
  events_.clear();
  verdicts_.clear();
  closed_until_.clear();
  if (!batch.is_control) {
    HAPAX_TRY(decode_events(batch, parts_.ids, events_));
    HAPAX_TRY(find_verdicts(batch, place));
    for (KeyedEvent& event : events_) {
      closed_until_.push_back(place.times.take(event.event, corrections));
    }
    return {};
  }
  HAPAX_ASSIGN(const std::vector<Control> controls, decode_controls(batch));
  for (const Control& control : controls) {
    place.times.follow(control);
  }
  return {};
}

/// Where some are missing, counting begins anew behind: there is no telling what was first.
Result<void> Backfill::find_verdicts(const LogBatch& batch, Place& place) {
  if (end_of(batch) <= place.counted_from) {
    return {};
  }
  HAPAX_ASSIGN(const bool complete, stored_verdicts_.read(batch, verdicts_));
  if (!complete || !verdicts_fit(verdicts_, events_)) {
    verdicts_.clear();
    place.counted_from = end_of(batch);
    place.first_counted.reset();
  }
  return {};
}

Result<void> Backfill::apply_event(const KeyedEvent& keyed, Place& place,
                                   std::span<RunningView* const> views) {
  if (keyed.event.rejection || verdicts_.empty()) {
    return {};
  }
  if (!place.first_counted) {
    place.first_counted = keyed.event.received_at;
  }
  return verdicts_[events_done_] == Verdict::kUnique
             ? count(keyed, closed_until_[events_done_], views)
             : Result<void>();
}

Result<void> Backfill::count(const KeyedEvent& event, EventTime closed_until,
                             std::span<RunningView* const> views) {
  inputs_.read(event);
  for (; views_done_ < views.size(); ++views_done_) {
    HAPAX_TRY(views[views_done_]->add(inputs_, closed_until));
  }
  views_done_ = 0;
  return {};
}

std::vector<Receipt::End> Backfill::offsets() const {
  std::vector<Receipt::End> offsets;
  offsets.reserve(places_.size());
  for (const Place& place : places_) {
    offsets.push_back({PartitionId(static_cast<std::uint32_t>(offsets.size())), place.at});
  }
  return offsets;
}

std::uint64_t Backfill::records_done() const {
  std::uint64_t records = 0;
  for (const Place& place : places_) {
    records += place.at.value() - place.begin.value();
  }
  return records;
}

std::uint64_t Backfill::records_total(std::span<const Offset> until) const {
  std::uint64_t records = records_done();
  for (std::size_t i = 0; i < places_.size(); ++i) {
    records += until[i].value() - std::min(places_[i].at, until[i]).value();
  }
  return records;
}

std::optional<ProcessingTime> Backfill::complete_from(ProcessingTime settled) const {
  std::optional<ProcessingTime> from;
  for (const Place& place : places_) {
    if (place.counted_from > Offset(0)) {
      const ProcessingTime first = place.first_counted.value_or(settled);
      from = std::max(from.value_or(first), first);
    }
  }
  return from;
}

bool Backfill::knows_beginning(ProcessingTime settled) const {
  return settled != ProcessingTime::min() || std::ranges::none_of(places_, [](const Place& place) {
           return place.counted_from > Offset(0) && !place.first_counted;
         });
}

void Backfill::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(places_.size()));
  for (const Place& place : places_) {
    out.put_u64(place.begin.value());
    out.put_u64(place.at.value());
    out.put_u64(place.counted_from.value());
    out.put_u8(place.first_counted ? 1 : 0);
    out.put_time(place.first_counted.value_or(ProcessingTime::min()));
    place.times.encode_watermarks(out);
    place.times.encode_clock(out);
  }
}

Result<std::unique_ptr<Backfill>> Backfill::restore(const Parts& parts, ByteReader& in) {
  std::unique_ptr<Backfill> backfill(new Backfill(parts));
  if (in.u32() != parts.log.partition_count()) {
    return Error{ErrorKind::kCorrupt, "what is stored of a view in the making is damaged"};
  }
  for (std::uint32_t i = 0; i < parts.log.partition_count(); ++i) {
    Place place{.begin = Offset(in.u64()),
                .at = Offset(in.u64()),
                .counted_from = Offset(in.u64()),
                .first_counted = {},
                .times = PartitionTimes({})};
    const bool has_first = in.u8() != 0;
    const ProcessingTime first = in.processing_time();
    place.first_counted = has_first ? std::optional(first) : std::nullopt;
    HAPAX_TRY(place.times.restore_watermarks(in));
    HAPAX_TRY(place.times.restore_clock(in));
    backfill->places_.push_back(std::move(place));
  }
  return backfill;
}

Result<std::unique_ptr<HistoryReader>> LogHistory::begin(const ViewInputs& inputs) {
  HAPAX_ASSIGN(std::unique_ptr<HistoryReader> reader, Backfill::begin(parts(inputs), settings_));
  return reader;
}

Result<std::unique_ptr<HistoryReader>> LogHistory::restore(const ViewInputs& inputs,
                                                           ByteReader& in) {
  HAPAX_ASSIGN(std::unique_ptr<HistoryReader> reader, Backfill::restore(parts(inputs), in));
  return reader;
}

}  // namespace hapax
