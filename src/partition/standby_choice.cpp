// SPDX-License-Identifier: Apache-2.0
#include "partition/standby_choice.hpp"

#include <utility>

#include "hash/hash.hpp"
#include "hash/mix64.hpp"

namespace hapax {
namespace {

struct Candidate {
  const GroupMember* member;
  std::uint64_t name;  ///< Its hash.
  bool hears;          ///< Of verdicts that are late.
};

std::vector<Candidate> candidates_of(const std::vector<GroupMember>& members, std::size_t events) {
  std::vector<Candidate> candidates;
  candidates.reserve(members.size());
  for (const GroupMember& member : members) {
    candidates.push_back({.member = &member,
                          .name = hash64(member.name),
                          .hears = !member.assigned[events].empty()});
  }
  return candidates;
}

/// Null: nobody.
const GroupMember* best_of(const std::vector<Candidate>& candidates, std::size_t claims,
                           PartitionId partition) {
  const GroupMember* best = nullptr;
  std::pair<bool, std::uint64_t> best_score;
  for (const Candidate& one : candidates) {
    const std::pair score(one.hears, mix64(one.name ^ mix64(partition.value())));
    if (!one.member->assigned[claims].contains(partition) &&
        (best == nullptr || score > best_score)) {
      best = one.member;
      best_score = score;
    }
  }
  return best;
}

}  // namespace

std::set<PartitionId> stands_by_for(const std::vector<GroupMember>& members,
                                    const StandbyTopics& topics) {
  std::set<PartitionId> chosen;
  const std::vector<Candidate> candidates = candidates_of(members, topics.events);
  for (std::uint32_t p = 0; p < topics.partitions; ++p) {
    const GroupMember* const best = best_of(candidates, topics.claims, PartitionId(p));
    if (best != nullptr && best->is_self) {
      chosen.insert(PartitionId(p));
    }
  }
  return chosen;
}

}  // namespace hapax
