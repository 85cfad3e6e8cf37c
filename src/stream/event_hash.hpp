// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "hash/id_hasher.hpp"
#include "record/event.hpp"
#include "stream/keyed_event.hpp"

namespace hapax {

/// `event` with its hashes. What dedup knows it by is the hash of source and message id, and a hash
/// of what the client said, but for times. A retry repeats all of that; sent at, received at and
/// what the server adds may differ from one try to the next and are left out. Event time has a hash
/// of its own: one that differs says that the same event was stamped anew, by the client or by
/// another correction of its clock.
/// Stored: never changes its value.
KeyedEvent key_event(const EventView& event, const IdHasher& ids);
/// The same of an event that is where it stays. `id`: what IdHasher::event_id() makes of it, where
/// that is known.
void add_hashes(const IdHasher& ids, const std::optional<Hash128>& id, KeyedEvent& to);

}  // namespace hapax
