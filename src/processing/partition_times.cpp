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

void PartitionTimes::follow(const Control& control) {
  if (control.settings) {
    set(*control.settings);
  }
  if (control.clock) {
    set(*control.clock);
  }
}

// By the running time and the doubt that it came with: a correction says when it was received, not
// when it was met.
EventTime PartitionTimes::take(EventView& event, std::span<const ClockCorrection> corrections) {
  const ClockEpoch met(event.clock_epoch);
  const ProcessingTime running = clock_.running_time(event.received_at, met);
  const EventTime closed_before = closed_before_doubt(met);
  if (const auto correction = std::ranges::find(corrections, met, &ClockCorrection::epoch);
      met != kUndoubted && correction != corrections.end()) {
    correct(event, *correction);
  }
  if (event.rejection) {
    return kWatermarkMin;
  }
  const ClockEpoch epoch(event.clock_epoch);
  PartitionWatermark& watermark = watermark_.at(clock_.is_over(epoch) ? kUndoubted : epoch);
  watermark.arrive(event.received_at);
  running_ = std::max(running_, running);
  const EventTime closed_until = std::max(watermark.value(), closed_before);
  watermark.pass(event.event_time, event.received_at);
  return closed_until;
}

/// What was complete before the doubt that an event is in.
EventTime PartitionTimes::closed_before_doubt(ClockEpoch epoch) const {
  const DoubtedEpoch* doubt = epoch == kUndoubted ? nullptr : clock_.find_doubted(epoch);
  return doubt != nullptr ? std::max(doubt->closed_until, watermark_.undoubted().value())
                          : kWatermarkMin;
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
