// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace hapax {

/// A process of a group.
struct GroupMember {
  std::string name;      ///< Its own for as long as it is in the group.
  bool is_self = false;  ///< The process that asks.
  /// What is dealt out to it, by topic, in the order in which they were named.
  std::vector<std::set<PartitionId>> assigned = {};
};

/// Deals the partitions of some topics out to the processes that are there. Two of them may believe
/// that a partition is theirs, one of whom has not heard of a change: who writes its state is
/// decided elsewhere. Threading: one owner.
class PartitionGroup {
 public:
  virtual ~PartitionGroup() = default;

  /// Takes in what has changed. To be called again and again: who does not is taken for dead. Never
  /// blocks. Errors: kUnavailable, what was assigned stays.
  virtual Result<void> poll() = 0;
  /// What is this process's by now, by topic, in the order in which they were named.
  virtual const std::vector<std::set<PartitionId>>& assigned() const = 0;
  /// Those that are there, as they were when nothing was being dealt out, some seconds ago maybe:
  /// good for guesses. Empty: it is not known yet.
  virtual const std::vector<GroupMember>& members() const = 0;
  /// Says up to where a partition is done durably, for those who watch how far behind it is: nobody
  /// begins there. What becomes of it is not told.
  virtual void commit(std::size_t topic, PartitionId partition, Offset offset) = 0;
};

}  // namespace hapax
