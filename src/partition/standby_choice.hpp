// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "core/ids.hpp"
#include "ports/partition_group.hpp"

namespace hapax {

/// For which of the partitions of `topic` the process that asks stands by: for each one of those
/// that do not have it does, by rendezvous hashing over their names, so all of them come to the
/// same, and of who joins or leaves others change little. None while it is alone, or the members
/// are not known.
std::set<PartitionId> stands_by_for(const std::vector<GroupMember>& members, std::size_t topic,
                                    std::uint32_t partition_count);

}  // namespace hapax
