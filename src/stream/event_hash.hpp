#pragma once

#include <cstdint>
#include <string_view>

#include "hash/id_hasher.hpp"
#include "record/event.hpp"
#include "stream/id_table.hpp"

namespace hapax {

/// What dedup knows `event` by: the hash of source and message id, and a hash of what the client
/// said. A retry repeats all of that; sent at, received at, event time and what the server adds may
/// differ from one try to the next and are left out.
/// Stored: never changes its value.
SeenId seen_id(const EventView& event, const IdHasher& ids);

/// 64 bits that name an identity within a cell. Stored: never changes its value.
std::uint64_t identity_hash(std::string_view identity);

}  // namespace hapax
