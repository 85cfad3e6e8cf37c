// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "processing/log_records.hpp"
#include "record/clock_state.hpp"
#include "record/event.hpp"
#include "record/result_settings.hpp"
#include "stream/partials.hpp"
#include "stream/watermark.hpp"

namespace hapax {

/// What the records of one partition say of time: the settings and the state of our clock in force,
/// its watermark, its running time. A function of the records, so that whoever reads the partition
/// judges lateness alike.
/// Threading: one owner.
class PartitionTimes {
 public:
  explicit PartitionTimes(const ResultSettings& settings);

  /// They hold for the records to come.
  void set(const ResultSettings& settings);
  /// Likewise. Doubts that are over are merged into the watermark; not by the list of those that
  /// were open: a repaired log may have lost the record that a doubt begins with.
  void set(const ClockState& state);

  /// What a control record says of both.
  void follow(const Control& control);

  /// Takes in the next event, as it is in the log, and puts its times right where one of
  /// `corrections` says so. What it is late for: windows that end at or before. A dead letter is
  /// late for nothing, and no other event is for it.
  EventTime take(EventView& event, std::span<const ClockCorrection> corrections);

  const ResultSettings& settings() const { return settings_; }
  const ClockState& clock() const { return clock_; }
  /// Greatest running time of an event.
  ProcessingTime running() const { return running_; }
  /// Of events that no doubt is about.
  const PartitionWatermark& watermark() const { return watermark_.undoubted(); }

  /// Stored as parts of the manifest: docs/formats/state.md.
  void encode_watermarks(ByteWriter& out) const;
  Result<void> restore_watermarks(ByteReader& in);
  void encode_clock(ByteWriter& out) const;
  Result<void> restore_clock(ByteReader& in);
  /// Of a version whose clock was always believed.
  void believe_clock() { running_ = watermark_.undoubted().newest_received(); }
  /// From where the log begins.
  void begin_at(const ClockState& state);

 private:
  EventTime closed_before_doubt(ClockEpoch epoch) const;

  ResultSettings settings_;
  ClockState clock_;
  ProcessingTime running_ = ProcessingTime::min();
  Partials<PartitionWatermark> watermark_;
};

}  // namespace hapax
