// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/collector_arrivals.hpp"
#include "cluster/control_note.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/collector_audit.hpp"

namespace hapax {

struct CollectorBooksSettings {
  std::uint64_t mark_records = kMarkRecords;  ///< As of the collectors.
  /// A life that ended so long ago, by the brokers' clock, and whose figures are equal, is summed
  /// up: nothing else is known of it afterwards.
  Microseconds ended_shown_for = std::chrono::hours(1);
};

/// What the collectors of a cluster say of their records in one partition, against what was read of
/// it (docs/cluster.md, "Books"). A report is compared once all records that it speaks of are
/// read; of those that come faster than the partition is read, some are passed over, since each
/// says all that the ones before said.
/// A function of the topic of control up to where it was read, and of the partition up to where it
/// was. Threading: one owner.
class CollectorBooks {
 public:
  CollectorBooks(PartitionId partition, const CollectorBooksSettings& settings)
      : partition_(partition), settings_(settings), arrivals_(settings.mark_records) {}

  /// The next note of the topic of control. What it has heard before, it does not hear again.
  void hear(const ControlNote& note, Offset at, ProcessingTime appended_at);
  /// The next record of the partition, with the hash of its id; not of fences.
  void pass(const RecordHeader& header, const Hash128& id);
  /// All records below it were passed.
  void read_until(Offset offset);

  /// Each life that it knows, by id, behind those that are summed up.
  std::vector<CollectorAudit> audits() const;
  /// Grows whenever what they say of records, or of who is there, changes.
  std::uint64_t revision() const { return revision_; }

  void encode(ByteWriter& out) const;
  /// On new ones only. Errors: kCorrupt; kInvalid, of another version.
  Result<void> restore(ByteReader& in);

 private:
  using State = CollectorAudit::State;

  struct Life {
    State state = State::kLive;
    ProcessingTime joined_at = ProcessingTime::min();
    ProcessingTime reported_at = ProcessingTime::min();
    ProcessingTime ended_at = ProcessingTime::min();
    ProcessingTime clock = ProcessingTime::min();
    ProcessingTime oldest_unsettled = ProcessingTime::min();
    CollectorAccount read = {};  // The newest whose records are all read.
    /// At most two newer ones: that which is waited for, and the newest.
    std::deque<CollectorAccount> coming = {};

    const CollectorAccount& newest() const { return coming.empty() ? read : coming.back(); }
  };
  /// Of lives that are summed up.
  struct Sum {
    std::uint64_t lives = 0;
    CollectorFigures figures = {};
  };

  void hear_report(const CollectorReport& report, ProcessingTime appended_at);
  void end(CollectorId collector, bool by_itself);
  void catch_up(CollectorId collector, Life& life);
  void sum_up();
  CollectorFigures figures_of(CollectorId collector, const Life& life) const;
  std::vector<UnknownRange> unknown_of(CollectorId collector, const Life& life) const;
  UnknownRange::Outcome outcome_of(CollectorId collector, const UnknownRecord& unknown) const;
  CollectorAudit audit_of(CollectorId collector, const Life& life) const;

  const PartitionId partition_;
  const CollectorBooksSettings settings_;
  CollectorArrivals arrivals_;
  Offset heard_until_ = {};                     // Of the topic of control.
  ProcessingTime now_ = ProcessingTime::min();  // Its clock.
  Offset read_until_ = {};
  std::map<CollectorId, Life> lives_;
  std::map<State, Sum> sums_;
  std::set<CollectorId> gone_;  // Summed up, and may come back: it never said that it had left.
  std::uint64_t revision_ = 0;
};

}  // namespace hapax
