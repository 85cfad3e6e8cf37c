// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "stream/dedup_shard.hpp"
#include "stream/id_table.hpp"

namespace hapax {

/// All ids of `tables`, which have none in common, ascending. Ids are hashes, so their highest bits
/// say where one belongs but for a few (a bucket sort: Knuth, TAOCP 3, 5.2.5); cost per id:
/// constant for hashes, that of a sort by comparing for any others.
std::vector<SeenId> sorted_ids(std::span<const std::shared_ptr<const DedupShard::Table>> tables);

}  // namespace hapax
