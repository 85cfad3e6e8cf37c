// SPDX-License-Identifier: Apache-2.0
#include "stream/exact_users.hpp"

#include <algorithm>

namespace hapax {
namespace {

using Hashes = std::vector<std::uint64_t>;

void encode_sorted(Hashes& hashes, ByteWriter& out) {
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  out.put_u64(hashes.size());
  for (const std::uint64_t hash : hashes) {
    out.put_u64(hash);
  }
}

/// Calls `take` for each of the hashes that `in` holds, `reserve` before with how many they may be.
template <typename Reserve, typename Take>
void decode_hashes(ByteReader& in, Reserve reserve, Take take) {
  const std::uint64_t size = in.u64();
  reserve(std::min<std::uint64_t>(size, in.left() / sizeof(std::uint64_t)));
  for (std::uint64_t i = 0; i < size && in.ok(); ++i) {
    if (const std::uint64_t hash = in.u64(); hash != 0) {
      take(hash);
    }
  }
}

}  // namespace

void ExactUsers::Delta::encode(ByteWriter& out) {
  encode_sorted(hashes_, out);
}

void ExactUsers::Delta::decode(ByteReader& in) {
  decode_hashes(
      in, [this](std::size_t more) { hashes_.reserve(hashes_.size() + more); },
      [this](std::uint64_t hash) { hashes_.push_back(hash); });
}

void ExactUsers::combine(const ExactUsers& other) {
  // In the order of another table's slots, entries of a table that grows would pile up.
  users_.reserve(users_.size() + other.users_.size());
  other.users_.for_each([this](const Slot& slot) { insert(slot); });
}

void ExactUsers::encode(ByteWriter& out) const {
  Hashes hashes;
  hashes.reserve(users_.size());
  users_.for_each([&](const Slot& slot) { hashes.push_back(slot.hash); });
  encode_sorted(hashes, out);
}

void ExactUsers::decode(ByteReader& in) {
  decode_hashes(
      in, [this](std::size_t more) { users_.reserve(users_.size() + more); },
      [this](std::uint64_t hash) { users_.insert({hash}); });
}

}  // namespace hapax
