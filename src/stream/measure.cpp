#include "stream/measure.hpp"

#include <algorithm>
#include <vector>

#include "stream/event_hash.hpp"

namespace hapax {

ExactUsers::Slot ExactUsers::slot_of(const EventView& event) {
  const std::uint64_t hash = identity_hash(identity(event));
  return {hash == 0 ? 1 : hash};  // Zero marks a vacant slot.
}

void ExactUsers::add(const EventView& event) {
  users_.insert(slot_of(event));
}

void ExactUsers::prefetch(const EventView& event) const {
  users_.prefetch(slot_of(event));
}

void ExactUsers::merge(const ExactUsers& other) {
  // In the order of another table's slots, entries of a table that grows would pile up.
  users_.reserve(users_.size() + other.users_.size());
  other.users_.for_each([this](const Slot& slot) { users_.insert(slot); });
}

void ExactUsers::encode(ByteWriter& out) const {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(users_.size());
  users_.for_each([&](const Slot& slot) { hashes.push_back(slot.hash); });
  std::ranges::sort(hashes);
  out.put_u64(hashes.size());
  for (const std::uint64_t hash : hashes) {
    out.put_u64(hash);
  }
}

void ExactUsers::decode(ByteReader& in) {
  users_ = FlatTable<Slot>(seed_);
  const std::uint64_t size = in.u64();
  users_.reserve(std::min<std::uint64_t>(size, in.left() / sizeof(std::uint64_t)));
  for (std::uint64_t i = 0; i < size && in.ok(); ++i) {
    const std::uint64_t hash = in.u64();
    if (hash != 0) {
      users_.insert({hash});
    }
  }
}

}  // namespace hapax
