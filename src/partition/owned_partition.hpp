// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/ids.hpp"

namespace hapax {

/// How a partition stands that this process owns.
struct OwnedPartition {
  PartitionId partition;
  bool is_restored = false;
  Offset counted = {};            ///< Of claims: judged.
  Offset durable = {};            ///< The same as kept.
  std::uint64_t state_bytes = 0;  ///< Of what is kept.
  std::uint64_t held_bytes = 0;   ///< Of events: EventsOwner::held_bytes().
  bool is_full = false;           ///< No more events are read.
  /// Of events: AwaitedVerdicts::contradictions(), since this process owns it. 0 if all is well.
  std::uint64_t contradictions = 0;
  bool speaks = false;         ///< Of judges that stand by: JudgedClaims::speaks().
  std::string waits_for = {};  ///< What holds it up; empty: nothing, or its turn.
  std::string error = {};      ///< Of the last step; empty when it succeeded.
};

}  // namespace hapax
