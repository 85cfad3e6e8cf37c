// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "dedup/verdict.hpp"
#include "ports/log_source.hpp"
#include "processing/log_records.hpp"
#include "processing/partition_times.hpp"
#include "stream/forget_floor.hpp"
#include "stream/keyed_event.hpp"

namespace hapax {

/// How an event stands by what its partition has met before it. Nothing of a dead letter.
struct EventStanding {
  TimeSpan span = {};                      ///< Of its received time, in which its id is kept.
  ProcessingTime forgotten = {};           ///< Ids of spans that end at or before it.
  EventTime closed_until = kWatermarkMin;  ///< It is late for windows that end at or before it.
};

/// What is kept of one partition while it is processed: how far, and what its records up to there
/// say of its account, of time, and of what it has forgotten. A function of these records (C6);
/// only what dedup decided of them is told it. Threading: one owner.
class PartitionOwner {
 public:
  explicit PartitionOwner(const ResultSettings& settings) : times_(settings) {}

  /// From where the log begins, with what was said before.
  void begin_at(const PartitionStart& start, const ResultSettings& settings,
                const ClockState& clock);

  /// Where its account begins.
  Offset start() const { return start_; }
  /// Up to here.
  Offset processed() const { return processed_; }
  /// The log's own account there.
  const Digest& log_digest() const { return log_digest_; }
  /// Of the ids that were processed: else records were lost, or read twice.
  const Digest& processed_digest() const { return processed_digest_; }
  const PartitionTimes& times() const { return times_; }
  const ForgetFloor& floor() const { return floor_; }
  /// Since when ids are recognised for all of the window, if there is a limit.
  std::optional<ProcessingTime> window_full_from() const;

  /// Before any of its records is processed: verdicts begin where it is.
  void begin_deciding() { decided_ = {.base = processed_, .verdicts = {}}; }

  /// Takes in the next events and puts their times right where one of `corrections` says so; how
  /// each stands goes into `standings`, in place of what is there. Nothing but its records before
  /// has a say in that.
  void take(std::span<KeyedEvent> events, std::span<const ClockCorrection> corrections,
            std::vector<EventStanding>& standings);
  /// What holds for the records to come.
  void follow(const Control& control);
  /// All of `batch` is processed: the digest of its ids, none of control records, and what was
  /// decided.
  void end_batch(const LogBatch& batch, const Digest& digest, std::span<const Verdict> verdicts);

  /// Since published().
  const VerdictRun& decided() const { return decided_; }
  void published();

  /// Looks at the end of the log; how far it is behind.
  std::uint64_t look_at_end(Offset end);
  /// Whether there was nothing more when it looked last.
  bool caught_up() const { return caught_up_; }

  /// Stored as parts of the manifest: docs/formats/state.md.
  void encode(ByteWriter& out) const;
  Result<void> restore(ByteReader& in);
  void encode_clock(ByteWriter& out) const { times_.encode_clock(out); }
  Result<void> restore_clock(ByteReader& in) { return times_.restore_clock(in); }
  /// As of PartitionTimes.
  void believe_clock() { times_.believe_clock(); }

 private:
  Offset start_ = {};
  Offset processed_ = {};
  Digest log_digest_ = {};
  Digest processed_digest_ = {};
  PartitionTimes times_;
  ForgetFloor floor_ = {};
  VerdictRun decided_ = {};
  bool caught_up_ = false;
};

}  // namespace hapax
