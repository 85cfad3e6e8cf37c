// SPDX-License-Identifier: Apache-2.0
#include "partition/standby_choice.hpp"

#include "hash/hash.hpp"
#include "hash/mix64.hpp"

namespace hapax {
namespace {

const GroupMember* best_of(const std::vector<GroupMember>& members, std::size_t topic,
                           PartitionId partition) {
  const GroupMember* best = nullptr;
  std::uint64_t best_score = 0;
  for (const GroupMember& member : members) {
    if (member.assigned[topic].contains(partition)) {
      continue;
    }
    const std::uint64_t score = mix64(hash64(member.name) ^ mix64(partition.value()));
    if (best == nullptr || score > best_score) {
      best = &member;
      best_score = score;
    }
  }
  return best;
}

}  // namespace

std::set<PartitionId> stands_by_for(const std::vector<GroupMember>& members, std::size_t topic,
                                    std::uint32_t partition_count) {
  std::set<PartitionId> chosen;
  for (std::uint32_t p = 0; p < partition_count; ++p) {
    const GroupMember* const best = best_of(members, topic, PartitionId(p));
    if (best != nullptr && best->is_self) {
      chosen.insert(PartitionId(p));
    }
  }
  return chosen;
}

}  // namespace hapax
