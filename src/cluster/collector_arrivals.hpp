// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/control_note.hpp"
#include "cluster/record_header.hpp"
#include "core/digest.hpp"
#include "core/event_tally.hpp"
#include "core/result.hpp"
#include "ports/collector_audit.hpp"

namespace hapax {

/// Which records of each collector have been read of one partition, by their numbers: the other
/// side of CollectorLedger. A function of the partition's records. Threading: one owner.
class CollectorArrivals {
 public:
  /// `mark_records`: as of the collectors.
  explicit CollectorArrivals(std::uint64_t mark_records = kMarkRecords)
      : mark_records_(mark_records) {}

  /// The next record of the partition, with the hash of its id; not of fences.
  void pass(const RecordHeader& header, const Hash128& id);

  /// Against `account`, all of whose records are read; without those that it does not list.
  CollectorFigures compare(CollectorId collector, const CollectorAccount& account) const;
  bool is_there(CollectorId collector, std::uint64_t sequence) const;
  /// How many of a greater number are there.
  std::uint64_t count_behind(CollectorId collector, std::uint64_t sequence) const;

  /// No account of a lesser mark will be compared any more.
  void forget_marks_below(CollectorId collector, std::uint64_t mark);
  void forget(CollectorId collector) { arrived_.erase(collector); }

  void encode(ByteWriter& out) const;
  /// On new ones only. Errors: kCorrupt.
  Result<void> restore(ByteReader& in);

 private:
  /// Those in order up to the `sequence`-th; holes are not among them.
  struct Mark {
    std::uint64_t sequence = 0;
    EventTally arrived;
  };
  struct Arrived {
    std::uint64_t last = 0;         // The greatest number.
    std::set<std::uint64_t> holes;  // Those below it that have not come.
    EventTally in_order;
    std::deque<Mark> marks;  // By sequence; the newest kMarksMax.
    std::uint64_t out_of_order = 0;
    std::uint64_t repeated = 0;

    bool has(std::uint64_t sequence) const { return sequence <= last && !holes.contains(sequence); }
    /// How many of those up to the `sequence`-th are there.
    std::uint64_t count_up_to(std::uint64_t sequence) const;
    const Mark* mark_at(std::uint64_t sequence) const;
  };
  static constexpr std::size_t kMarksMax = 4096;

  const Arrived& of(CollectorId collector) const;
  static void compare_digests(const Arrived& arrived, const CollectorAccount& account,
                              CollectorFigures& to);

  std::uint64_t mark_records_;
  std::map<CollectorId, Arrived> arrived_;
};

}  // namespace hapax
