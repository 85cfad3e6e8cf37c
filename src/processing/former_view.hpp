// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bytes/bytes.hpp"
#include "processing/tally_by_source.hpp"

namespace hapax {

/// Reads what a state of version 3 says of its view: adds the events in its cells to `counted`, and
/// returns the tables with its cells. Format: docs/formats/state.md.
std::vector<std::string> read_former_view(ByteReader& in, TallyBySource& counted);

}  // namespace hapax
