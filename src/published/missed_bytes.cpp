// SPDX-License-Identifier: Apache-2.0
#include "published/missed_bytes.hpp"

#include <cstdint>

namespace hapax {
namespace {

void put(const MissedTally& tally, ByteWriter& out) {
  out.put_u64(tally.asked);
  out.put_u64(tally.missed);
  out.put_u64(tally.unasked);
}

void take(ByteReader& in, MissedTally& tally) {
  tally.asked = in.u64();
  tally.missed = in.u64();
  tally.unasked = in.u64();
}

}  // namespace

void put_tallies(const MissedDuplicates& missed, ByteWriter& out) {
  put(missed.before, out);
  out.put_u32(static_cast<std::uint32_t>(missed.hours.size()));
  for (const MissedHour& hour : missed.hours) {
    out.put_time(hour.begin);
    put(hour.tally, out);
  }
}

void take_tallies(ByteReader& in, MissedDuplicates& missed) {
  take(in, missed.before);
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    MissedHour& hour = missed.hours.emplace_back();
    hour.begin = in.processing_time();
    take(in, hour.tally);
  }
}

}  // namespace hapax
