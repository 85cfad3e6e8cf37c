// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "record/event.hpp"

namespace hapax {

class ByteReader;
class ByteWriter;

/// A doubt of our clock that is not over: what was stamped under it.
struct DoubtedEpoch {
  ClockEpoch epoch;
  ProcessingTime began;        ///< The clock's reading then.
  Microseconds lag;            ///< Its stamps less this are running time.
  ProcessingTime newest;       ///< Newest stamp; of the current epoch: that of its beginning.
  EventTime closed_until;      ///< What was complete before it.
  Microseconds ahead_limit{};  ///< How far event times may be ahead of a stamp.

  friend bool operator==(const DoubtedEpoch&, const DoubtedEpoch&) = default;
};

/// What a doubt came to: what was stamped under `epoch` was received `shift` later than its stamp.
struct ClockCorrection {
  ClockEpoch epoch;
  Microseconds shift{};
  Microseconds ahead_limit{};

  friend bool operator==(const ClockCorrection&, const ClockCorrection&) = default;
};

/// What is known of our clock. It is in the log, as a control record in every partition, so that
/// what dedup forgets and where doubted records count are functions of the log alone. It says how
/// things stand, not what has changed: an epoch that is used and not doubted is over; its records
/// count as stamped unless a correction says otherwise.
///
/// Running time is a record's stamp less what our clock jumped without confirmation before it. It
/// never jumps by a clock that is wrong, so ids and files get old by it.
struct ClockState {
  static constexpr std::size_t kDoubtedMax = 16;      ///< The last is the newest.
  static constexpr std::size_t kCorrectionsMax = 16;  ///< The newest of them.

  std::uint32_t number = 0;  ///< One more than in the state before.
  ClockEpoch newest;         ///< Greatest number of an epoch that was used; kUndoubted: none.
  bool is_doubted = false;   ///< What comes is stamped under the last of `doubted`.
  bool is_confirmed = true;  ///< The reading that the clock runs from was known to be right.
  Microseconds jumps{};      ///< Their sum since a reading was confirmed.
  Microseconds lag{};        ///< Stamps without a doubt less this are running time.
  ProcessingTime running = ProcessingTime::min();  ///< Greatest running time before it.
  /// No file of the log is dropped for its age before that running time.
  ProcessingTime keep_until = ProcessingTime::min();
  std::vector<DoubtedEpoch> doubted;
  std::vector<ClockCorrection> corrections;

  /// Nothing when it is not in doubt.
  const DoubtedEpoch* find_doubted(ClockEpoch epoch) const;
  const ClockCorrection* find_correction(ClockEpoch epoch) const;

  /// Whether it is known where its records belong. One that was never announced is in doubt.
  bool is_over(ClockEpoch epoch) const { return epoch <= newest && find_doubted(epoch) == nullptr; }

  /// Of a record with this stamp, as the log has it; the least time when its epoch was never
  /// announced. Saturates.
  ProcessingTime running_time(ProcessingTime received_at, ClockEpoch epoch) const;

  friend bool operator==(const ClockState&, const ClockState&) = default;
};

/// Kind of its control records.
constexpr std::string_view kClockControl = "clock";

/// The value of the control record. Format: docs/formats/control.md.
std::string encode_clock_state(const ClockState& state);

/// Errors: kCorrupt; kInvalid, written by a newer version.
Result<ClockState> decode_clock_state(std::string_view value);

/// Corrections alone, as in a state.
void encode_corrections(std::span<const ClockCorrection> corrections, ByteWriter& out);
std::vector<ClockCorrection> decode_corrections(ByteReader& in);

/// What the control record `event` says of the clock; nothing when it is of another kind.
/// Errors: kCorrupt, it is no control record; those of decode_clock_state().
Result<std::optional<ClockState>> clock_state_of(const EventView& event);

/// The state among `controls`, whole control records of any kind: of the last that says one.
/// Errors: as clock_state_of(), or one is no record.
Result<std::optional<ClockState>> clock_state_among(std::span<const std::string> controls);

/// `event` as it would have been stored had the clock been right: received `correction.shift`
/// later, its event time decided anew, no doubt.
void correct(EventView& event, const ClockCorrection& correction);

}  // namespace hapax
