// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "record/clock_state.hpp"
#include "record/event.hpp"
#include "record/result_settings.hpp"
#include "stream/keyed_event.hpp"
#include "stream/partials.hpp"
#include "stream/watermark.hpp"

namespace hapax {

/// How an event stands in time, by what its partition has met before it.
struct Stamp {
  ProcessingTime running;                  ///< Its running time (clock_state.hpp).
  ClockEpoch judged_as = kUndoubted;       ///< Whose watermark it goes by.
  EventTime closed_until = kWatermarkMin;  ///< What was complete before its doubt.
};

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

  /// Of an event as it is in the log; `is_corrected`: its times will be.
  Stamp stamp(const EventView& event, bool is_corrected) const;
  /// An event arrived, no dead letter, its times corrected: before its lateness is judged.
  void arrive(const Stamp& stamp, const EventView& event);
  /// What it is late for: windows that end at or before it.
  EventTime closed_until(const Stamp& stamp);
  /// After its lateness was judged.
  void pass(const Stamp& stamp, const EventView& event);

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
  ResultSettings settings_;
  ClockState clock_;
  ProcessingTime running_ = ProcessingTime::min();
  Partials<PartitionWatermark> watermark_;
};

/// An event with its stamp, its times put right where a correction of our clock says so.
/// Lifetime: `keyed` must outlive it.
class TimedEvent {
 public:
  TimedEvent(const KeyedEvent& keyed, const PartitionTimes& times,
             std::span<const ClockCorrection> corrections);

  const KeyedEvent& event() const { return corrected_ ? *corrected_ : keyed_; }
  const Stamp& stamp() const { return stamp_; }
  bool is_corrected() const { return corrected_.has_value(); }

 private:
  const KeyedEvent& keyed_;
  std::optional<KeyedEvent> corrected_;
  Stamp stamp_;
};

}  // namespace hapax
