// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/event_tally.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace hapax {

/// What was read of a collector's records in a partition, against what the collector says of them.
/// No tolerance: all that it calls acknowledged is there, and beside it nothing but records of
/// which it said that it does not know.
struct CollectorFigures {
  /// Its records up to here are compared by their numbers: as far as it had settled them when it
  /// made the newest report whose records are all read.
  std::uint64_t settled = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t arrived = 0;
  std::uint64_t arrived_unknown = 0;  ///< Of those that arrived: it does not know of them.
  // The same with digests, up to the last place of which both sides know.
  EventTally marked_acknowledged = {};
  EventTally marked_unknown = {};
  EventTally marked_arrived = {};
  /// All records of which it does not know: there; not there, and never will be; not read so far.
  std::uint64_t present = 0;
  std::uint64_t absent = 0;
  std::uint64_t open = 0;
  std::uint64_t behind = 0;  ///< Settled by newer reports, not read so far.
  /// Read, and not spoken of: the next report does, or, of one that was killed, none ever will.
  std::uint64_t unreported = 0;
  // What the topic's order excludes.
  std::uint64_t out_of_order = 0;  ///< Came behind a record of a greater number.
  std::uint64_t repeated = 0;      ///< The topic has stored an append twice.

  void add(const CollectorFigures& other);

  bool numbers_agree() const { return arrived == acknowledged + arrived_unknown; }
  bool digests_agree() const { return marked_arrived == marked_acknowledged + marked_unknown; }
  bool is_in_order() const { return out_of_order == 0 && repeated == 0; }
  bool is_equal() const { return numbers_agree() && digests_agree() && is_in_order(); }

  friend bool operator==(const CollectorFigures&, const CollectorFigures&) = default;
};

/// Records with numbers in a row of which a collector does not know, and what became of them.
struct UnknownRange {
  enum class Outcome : std::uint8_t { kPresent = 1, kAbsent = 2, kOpen = 3 };  ///< Published.

  std::uint64_t first = 0;
  std::uint64_t last = 0;
  Outcome outcome = Outcome::kOpen;
  friend bool operator==(const UnknownRange&, const UnknownRange&) = default;
};

/// One life of a collector as the owner of a partition knows it; or, of lives that ended some time
/// ago and whose figures are equal, all that ended alike.
struct CollectorAudit {
  enum class State : std::uint8_t {
    kLive = 1,
    kLeft = 2,  ///< It said so, after all of its records were settled and reported.
    kGone = 3,  ///< Called gone for its silence.
  };            ///< Published.

  PartitionId partition;
  std::uint64_t lives = 1;
  std::uint64_t collector = 0;  ///< Of one life; 0 of several.
  State state = State::kLive;
  // Of one life; ProcessingTime::min(): there was none.
  ProcessingTime joined_at = ProcessingTime::min();  ///< By the brokers' clock, as the next two.
  ProcessingTime reported_at = ProcessingTime::min();
  ProcessingTime ended_at = ProcessingTime::min();
  ProcessingTime clock = ProcessingTime::min();  ///< What its own said in its last report.
  ProcessingTime oldest_unsettled = ProcessingTime::min();
  CollectorFigures figures = {};
  std::vector<UnknownRange> unknown = {};  ///< By number; the last ones.

  friend bool operator==(const CollectorAudit&, const CollectorAudit&) = default;
};

/// So many ranges of a life in a partition are told.
constexpr std::size_t kUnknownRangesMax = 32;

inline void CollectorFigures::add(const CollectorFigures& other) {
  settled += other.settled;
  acknowledged += other.acknowledged;
  arrived += other.arrived;
  arrived_unknown += other.arrived_unknown;
  marked_acknowledged.add(other.marked_acknowledged);
  marked_unknown.add(other.marked_unknown);
  marked_arrived.add(other.marked_arrived);
  present += other.present;
  absent += other.absent;
  open += other.open;
  behind += other.behind;
  unreported += other.unreported;
  out_of_order += other.out_of_order;
  repeated += other.repeated;
}

}  // namespace hapax
