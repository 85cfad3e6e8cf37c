// SPDX-License-Identifier: Apache-2.0
#include "processing/partition_times.hpp"

#include <algorithm>

namespace hapax {
namespace {

WatermarkSettings watermark_settings(const ResultSettings& settings) {
  return {.bound = settings.out_of_order_bound, .idle_timeout = settings.idle_timeout};
}

void encode_watermark(const PartitionWatermark& watermark, ByteWriter& out) {
  out.put_time(watermark.value());
  out.put_time(watermark.newest_received());
}

void restore_watermark(ByteReader& in, PartitionWatermark& watermark) {
  const EventTime value = in.event_time();
  watermark.restore(value, in.processing_time());
}

}  // namespace

PartitionTimes::PartitionTimes(const ResultSettings& settings)
    : settings_(settings), watermark_(PartitionWatermark(watermark_settings(settings))) {}

void PartitionTimes::set(const ResultSettings& settings) {
  settings_ = settings;
  watermark_.for_each([&](PartitionWatermark& one) { one.set(watermark_settings(settings)); });
}

void PartitionTimes::set(const ClockState& state) {
  for (const ClockEpoch epoch : watermark_.epochs()) {
    if (state.is_over(epoch)) {
      watermark_.merge(epoch);
    }
  }
  clock_ = state;
  running_ = std::max(running_, state.running);
}

Stamp PartitionTimes::stamp(const EventView& event, bool is_corrected) const {
  const ClockEpoch epoch(event.clock_epoch);
  Stamp stamp{.running = clock_.running_time(event.received_at, epoch)};
  if (epoch == kUndoubted) {
    return stamp;
  }
  if (const DoubtedEpoch* doubt = clock_.find_doubted(epoch)) {
    stamp.closed_until = std::max(doubt->closed_until, watermark_.undoubted().value());
  }
  stamp.judged_as = is_corrected || clock_.is_over(epoch) ? kUndoubted : epoch;
  return stamp;
}

void PartitionTimes::arrive(const Stamp& stamp, const EventView& event) {
  watermark_.at(stamp.judged_as).arrive(event.received_at);
  running_ = std::max(running_, stamp.running);
}

EventTime PartitionTimes::closed_until(const Stamp& stamp) {
  return std::max(watermark_.at(stamp.judged_as).value(), stamp.closed_until);
}

void PartitionTimes::pass(const Stamp& stamp, const EventView& event) {
  watermark_.at(stamp.judged_as).pass(event.event_time, event.received_at);
}

TimedEvent::TimedEvent(const KeyedEvent& keyed, const PartitionTimes& times,
                       std::span<const ClockCorrection> corrections)
    : keyed_(keyed) {
  const ClockEpoch epoch(keyed.event.clock_epoch);
  const auto correction = epoch == kUndoubted
                              ? corrections.end()
                              : std::ranges::find(corrections, epoch, &ClockCorrection::epoch);
  if (correction != corrections.end()) {
    corrected_ = keyed;
    correct(corrected_->event, *correction);
  }
  stamp_ = times.stamp(keyed.event, is_corrected());
}

void PartitionTimes::begin_at(const ClockState& state) {
  clock_ = state;
  running_ = state.running;
}

void PartitionTimes::encode_watermarks(ByteWriter& out) const {
  encode_watermark(watermark_.undoubted(), out);
  out.put_u32(static_cast<std::uint32_t>(watermark_.doubted().size()));
  for (const auto& [epoch, watermark] : watermark_.doubted()) {
    out.put_u32(epoch.value());
    encode_watermark(watermark, out);
  }
  out.put_string(encode_result_settings(settings_));
}

Result<void> PartitionTimes::restore_watermarks(ByteReader& in) {
  restore_watermark(in, watermark_.at(kUndoubted));
  const std::uint32_t epochs = in.u32();
  for (std::uint32_t i = 0; i < epochs && in.ok(); ++i) {
    const ClockEpoch epoch(in.u32());
    restore_watermark(in, watermark_.at(epoch));
  }
  HAPAX_ASSIGN(const auto settings, decode_result_settings(in.string()));
  set(settings);
  return {};
}

void PartitionTimes::encode_clock(ByteWriter& out) const {
  out.put_string(encode_clock_state(clock_));
  out.put_time(running_);
}

Result<void> PartitionTimes::restore_clock(ByteReader& in) {
  HAPAX_ASSIGN(clock_, decode_clock_state(in.string()));
  running_ = in.processing_time();
  return {};
}

}  // namespace hapax
