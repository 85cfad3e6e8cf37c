// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "core/ids.hpp"
#include "ports/partition_group.hpp"

namespace hapax {

/// Of GroupMember::assigned, and how many partitions of claims there are.
struct StandbyTopics {
  std::size_t events;
  std::size_t claims;
  std::uint32_t partitions;
};

/// For which partitions of claims the process that asks stands by: for each of them one of those do
/// that do not have it, by rendezvous hashing of their names, so all come to the same, and where
/// one joins or leaves little changes. Who has no partition of events does not notice that verdicts
/// are late, so it is chosen where there is nobody else. None while it is alone, or the members are
/// not known.
std::set<PartitionId> stands_by_for(const std::vector<GroupMember>& members,
                                    const StandbyTopics& topics);

}  // namespace hapax
