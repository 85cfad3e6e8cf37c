// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "hash/hash.hpp"
#include "record/event.hpp"

namespace hapax {

/// Of `count` partitions that of `event`. Stored: it never changes.
inline PartitionId choose_partition(const EventView& event, PartitionBy by, std::uint32_t count) {
  return PartitionId(static_cast<std::uint32_t>(hash64(partition_key(event, by)) % count));
}

}  // namespace hapax
