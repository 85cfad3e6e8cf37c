// SPDX-License-Identifier: Apache-2.0
#include "stream/event_hash.hpp"

#include "core/time.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

std::uint64_t hash_number(std::uint64_t value, std::uint64_t seed) {
  char bytes[sizeof(value)];
  for (std::size_t i = 0; i < sizeof(value); ++i) {
    bytes[i] = static_cast<char>(value >> (8 * i));
  }
  return hash64({bytes, sizeof(bytes)}, seed);
}

// Each hash seeds the next, with the field's place in it, so that bytes cannot move from one field
// to another unseen. Fields that are not there cost nothing.
std::uint64_t content_hash(const EventView& event) {
  std::uint64_t hash = hash_number(static_cast<std::uint64_t>(event.type), 0);
  std::uint64_t place = 0;
  for (const std::string_view field :
       {event.name, event.user_id, event.anonymous_id, event.session_id, event.group_id,
        event.previous_id, event.category, event.properties, event.context, event.traits}) {
    ++place;
    if (!field.empty()) {
      hash = hash64(field, hash + place);
    }
  }
  return hash;
}

std::uint64_t time_hash(const EventView& event) {
  return hash_number(static_cast<std::uint64_t>(to_micros(event.event_time)), 0);
}

}  // namespace

KeyedEvent key_event(const EventView& event, const IdHasher& ids) {
  KeyedEvent keyed{.event = event, .seen = {}};
  add_hashes(ids, std::nullopt, keyed);
  return keyed;
}

void add_hashes(const IdHasher& ids, const std::optional<Hash128>& id, KeyedEvent& to) {
  const EventView& event = to.event;
  to.seen = {.id = id ? *id : ids.event_id(event.source, event.message_id),
             .content = SeenId::pack(content_hash(event), time_hash(event))};
  to.identity = ids.identity(identity(event));
}

}  // namespace hapax
