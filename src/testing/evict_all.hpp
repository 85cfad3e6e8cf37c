// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/time.hpp"

namespace hapax {

/// Has a view, or cells of one, forget at once all that may leave memory.
template <typename View>
void evict_all(View& view, EventTime until = EventTime::max()) {
  std::size_t count = SIZE_MAX;
  view.evict(until, count);
}

}  // namespace hapax
