// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/ids.hpp"

namespace hapax {

/// "partition 3 offset 17", as error messages name a record.
inline std::string place(PartitionId partition, Offset offset) {
  return "partition " + std::to_string(partition.value()) + " offset " +
         std::to_string(offset.value());
}

}  // namespace hapax
