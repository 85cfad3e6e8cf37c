// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cluster/restoration_line.hpp"
#include "partition/judge_part.hpp"
#include "partition/owned_partition.hpp"
#include "ports/clock.hpp"
#include "ports/object_store.hpp"
#include "ports/side_work.hpp"

namespace hapax {

/// The judges of a process that stand by for owners of claims (cluster/standby_judge.hpp): those
/// that it chose to have, and for a while those of partitions that it owned itself. Threading: one
/// owner. Lifetime: the parts must outlive it.
class StandbyJudges {
 public:
  /// One of a partition that went away speaks for so long: the next owner fetches the state. One
  /// that is not wanted any more stays for as long: it may be wanted again.
  static constexpr std::chrono::seconds kSpeaksFor{30};

  struct Parts {
    JudgePart::Parts judge;
    ObjectStore& objects;
    SideWork& side;
    RestorationLine& line;
    const Clock& clock;
    bool is_on;  ///< Else there are none.
    /// Between two times that ids in memory go to the store.
    std::chrono::nanoseconds spill_interval;
    /// Before one that failed is tried again.
    std::chrono::nanoseconds retry_interval;
    std::function<void(const std::string& what)> log;
  };

  explicit StandbyJudges(Parts parts);
  ~StandbyJudges();
  StandbyJudges(const StandbyJudges&) = delete;
  StandbyJudges& operator=(const StandbyJudges&) = delete;

  /// Takes up what is `wanted` and not owned, and lets go of what was not for a while. `owned`:
  /// what the process owns, and whether the owner has the state.
  void follow(const std::set<PartitionId>& wanted, const std::map<PartitionId, bool>& owned);
  /// `judge` has owned `partition` until now: it goes on, and speaks, but for what this process
  /// stood still before it heard of it.
  void adopt(PartitionId partition, std::unique_ptr<JudgePart> judge);
  /// All of them go on. `verdicts_are_late`: they speak.
  void step(bool verdicts_are_late);

  std::vector<OwnedPartition> all() const;
  bool is_empty() const { return places_.empty(); }

 private:
  class Home;
  struct Place;

  bool is_of_use(PartitionId partition, const Place& place,
                 const std::map<PartitionId, bool>& owned) const;
  void step(PartitionId partition, Place& place, bool may_spill);

  const Parts parts_;
  std::map<PartitionId, Place> places_;
  std::chrono::nanoseconds stepped_{0};  // The last time.
};

}  // namespace hapax
