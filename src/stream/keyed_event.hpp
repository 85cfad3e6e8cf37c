// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "record/event.hpp"
#include "stream/id_table.hpp"

namespace hapax {

/// An event with all that is hashed of it, so that each is hashed once for dedup, digests and every
/// cell. Made by key_event(), or add_hashes().
struct KeyedEvent {
  EventView event;
  SeenId seen;
  std::uint64_t identity = 0;  ///< Names whose event it is within a cell.
};

}  // namespace hapax
