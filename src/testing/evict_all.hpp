// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "views/runtime/eviction.hpp"

namespace hapax {

/// Has a view, or cells of one, forget all that may leave memory where windows up to `over` end.
template <typename View>
void evict_all(View& view, EventTime over = EventTime::max()) {
  view.evict({.over = over, .count_max = SIZE_MAX});
  view.forget_over(over);
}

}  // namespace hapax
