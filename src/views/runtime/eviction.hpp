// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/time.hpp"

namespace hapax {

/// What of a view may leave memory, of what is in the store as it is: the longest untouched first.
struct Eviction {
  /// What ends at or before it may go, and what no event has touched for a while.
  EventTime over = EventTime::min();
  /// So may what no event has touched since so many freezes.
  std::uint32_t age_min = std::numeric_limits<std::uint32_t>::max();
  std::size_t count_max = 0;  ///< Cells and keys.
};

}  // namespace hapax
