// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/digest.hpp"

namespace hapax {

/// How many events, and which: the digest is that of their id hashes (IdHasher::event_id).
struct EventTally {
  std::uint64_t count = 0;
  Digest digest;

  void add(const Hash128& id) {
    ++count;
    digest.add(id);
  }
  void add(const EventTally& other) {
    count += other.count;
    digest.add(other.digest);
  }
  friend EventTally operator+(EventTally left, const EventTally& right) {
    left.add(right);
    return left;
  }
  /// Of those of `left` that are not in `right`, which it has all.
  friend EventTally operator-(const EventTally& left, const EventTally& right) {
    const Hash128& all = left.digest.sum();
    const Hash128& some = right.digest.sum();
    return {.count = left.count - right.count,
            .digest = Digest(all.low - some.low, all.high - some.high)};
  }
  friend bool operator==(const EventTally&, const EventTally&) = default;
};

}  // namespace hapax
