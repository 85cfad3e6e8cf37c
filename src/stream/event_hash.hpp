#pragma once

#include "hash/id_hasher.hpp"
#include "record/event.hpp"
#include "stream/keyed_event.hpp"

namespace hapax {

/// `event` with its hashes. What dedup knows it by is the hash of source and message id, and a hash
/// of what the client said. A retry repeats all of that; sent at, received at, event time and what
/// the server adds may differ from one try to the next and are left out.
/// Stored: never changes its value.
KeyedEvent key_event(const EventView& event, const IdHasher& ids);

}  // namespace hapax
