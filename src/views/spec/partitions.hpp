// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {

/// Whether a view that partitions count, each of its own events, and that is added up when it is
/// read comes to what it would if one machine counted all of them. Of a view over keys all events
/// of a key must be in one partition, and these are chosen by the user (PartitionBy::kUser): a
/// device of two of them would be counted in two. What views over events keep of a cell adds up in
/// any case. Errors: kInvalid, it would come to something else, and why.
Result<void> counts_alike_in_partitions(const ViewSpec& spec);

}  // namespace hapax
