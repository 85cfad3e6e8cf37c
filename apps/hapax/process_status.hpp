// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "partition/owned_partition.hpp"

namespace hapax {

/// What a process owns, as of a moment ago.
struct ProcessStatus {
  std::vector<OwnedPartition> events;
  std::vector<OwnedPartition> claims;
  std::vector<OwnedPartition> standbys = {};  ///< Of claims: judges that stand by.
  std::string trouble = {};                   ///< Of what all partitions need.
  bool is_ready = false;
};

}  // namespace hapax
