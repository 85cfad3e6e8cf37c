// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/ids.hpp"
#include "record/event.hpp"

namespace hapax {

/// One log record as a line of JSON; properties, context and traits as they were
/// sent, but for line ends between their tokens, which are spaces.
std::string to_json_line(PartitionId partition, Offset offset, const EventView& event);

}  // namespace hapax
