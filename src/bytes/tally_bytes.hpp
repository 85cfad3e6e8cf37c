// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bytes/bytes.hpp"
#include "core/event_tally.hpp"

namespace hapax {

/// 24 bytes: the count, then the digest.
inline void put_tally(const EventTally& tally, ByteWriter& out) {
  out.put_u64(tally.count);
  out.put_digest(tally.digest);
}

inline EventTally take_tally(ByteReader& in) {
  EventTally tally{.count = in.u64(), .digest = {}};
  tally.digest = in.digest();
  return tally;
}

}  // namespace hapax
