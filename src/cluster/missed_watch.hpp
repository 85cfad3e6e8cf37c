// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/claim.hpp"
#include "cluster/claims_link.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/missed_duplicates.hpp"

namespace hapax {

/// Whether an id is in a sample of so many of MissedDuplicates::kWhole: so for all partitions.
inline bool is_in_sample(const Hash128& id, std::uint32_t sample) {
  return (id.low >> 32U) * MissedDuplicates::kWhole >> 32U < sample;
}

/// Counts what a partition of events has counted though another one had its id: it asks the judges
/// of claims, as if ids counted once in the cluster, and does not wait. What was asked and is not
/// answered is part of the owner's state, so whoever takes that over asks again, and an answer
/// counts once. Threading and lifetime: as ClaimsLink.
class MissedWatch {
 public:
  /// At most `awaited_max` are asked at once; what comes beyond them is counted as unasked.
  MissedWatch(PartitionId partition, std::uint32_t sample, std::size_t awaited_max, Topic& claims,
              Topic& verdicts)
      : awaited_max_(awaited_max), missed_{.sample = sample}, link_(partition, claims, verdicts) {}

  /// Once, behind restore(): reads verdicts from there on, and asks again.
  void begin(Offset verdicts_from);
  /// An event that is the first of its id in the partition, when it is counted: by ascending
  /// offsets. `time`: of the partition there.
  void pass(const Claim& claim, ProcessingTime time);
  /// Sends what is asked, and takes in answers. Errors: kUnavailable, call it again; kCorrupt.
  Result<void> step();

  /// What may be settled once a state is kept that has all below `counted`, and what is awaited
  /// now.
  SettledMark settles(const SettledMark& counted) const;
  void settle(const SettledMark& mark);
  /// From where on the topic of verdicts must be read for what is awaited.
  Offset needed_from() const { return link_.position(); }

  MissedDuplicates missed() const;
  /// Answers that it took in since it was made.
  std::uint64_t answers() const { return answers_; }

  void encode(ByteWriter& out) const;
  /// On a new one only. Errors: kCorrupt.
  Result<void> restore(ByteReader& in);

 private:
  struct Awaited {
    Claim claim;
    ProcessingTime time;
  };

  void tell(const VerdictBlock& block);

  const std::size_t awaited_max_;
  MissedDuplicates missed_;
  std::map<Offset, Awaited> awaited_;
  std::vector<Claim> unsent_;
  std::uint64_t answers_ = 0;
  ClaimsLink link_;
};

}  // namespace hapax
