// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/control_note.hpp"
#include "cluster/record_header.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"

namespace hapax {

/// How what a collector says of a partition compares with what was read of it. No tolerance: the
/// two are equal, or the reader is not there yet, or something is wrong.
struct AccountComparison {
  enum class Outcome {
    kEqual,
    kBehind,   ///< Not all that the collector speaks of was read yet.
    kMissing,  ///< An acknowledged record is not there.
    kOthers,   ///< Records are there, but not those that the collector appended.
  };
  Outcome outcome = Outcome::kBehind;
  /// Of the records of which the collector did not know: those that are there, and those that are
  /// not and will not be.
  std::uint64_t present = 0;
  std::uint64_t absent = 0;
  /// Records behind those that the collector has settled: still to be spoken of, or, of one that
  /// was killed, never.
  std::uint64_t unreported = 0;
};

/// Which records of each collector have been read of one partition, by their numbers: the other
/// side of CollectorLedger. A function of the partition's records. Threading: one owner.
class CollectorArrivals {
 public:
  /// `mark_records`: as of the collectors.
  explicit CollectorArrivals(std::uint64_t mark_records = kMarkRecords)
      : mark_records_(mark_records) {}

  /// The next record of the partition, with the hash of its id; not of fences.
  void pass(const RecordHeader& header, const Hash128& id);

  /// `read_until`: all below it were passed.
  AccountComparison compare(CollectorId collector, const CollectorAccount& account,
                            Offset read_until) const;

  /// Records whose number was there already: the topic has stored an append twice.
  std::uint64_t repeated() const { return repeated_; }

  void encode(ByteWriter& out) const;
  /// On new ones only. Errors: kCorrupt.
  Result<void> restore(ByteReader& in);

 private:
  /// Those in order up to the `sequence`-th; holes and what filled them later are not among them.
  struct Mark {
    std::uint64_t sequence = 0;
    Tally arrived;
  };
  struct Arrived {
    std::uint64_t last = 0;         // The greatest number.
    std::set<std::uint64_t> holes;  // Those below it that have not come.
    std::set<std::uint64_t> late;   // Those below it that came when a greater one was there.
    Tally in_order;
    std::deque<Mark> marks;  // By sequence; the newest kMarksMax.
  };
  static constexpr std::size_t kMarksMax = 4096;

  static bool agree(const Arrived& arrived, const Mark& mark, Tally acknowledged,
                    const std::vector<UnknownRecord>& unknown);
  static bool digests_agree(const Arrived& arrived, const CollectorAccount& account);

  std::uint64_t mark_records_;
  std::map<CollectorId, Arrived> arrived_;
  std::uint64_t repeated_ = 0;
};

}  // namespace hapax
