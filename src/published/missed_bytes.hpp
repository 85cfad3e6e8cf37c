// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bytes/bytes.hpp"
#include "ports/missed_duplicates.hpp"

namespace hapax {

// Missed duplicates as bytes, by hour and before: docs/formats/cluster.md. Without the sample and
// what is awaited.

void put_tallies(const MissedDuplicates& missed, ByteWriter& out);
void take_tallies(ByteReader& in, MissedDuplicates& missed);

}  // namespace hapax
