// SPDX-License-Identifier: Apache-2.0
#include "processing/tally_by_source.hpp"

namespace hapax {

EventTally TallyBySource::whole() const {
  EventTally whole;
  for (const auto& [source, events] : sources()) {
    whole.add(events);
  }
  return whole;
}

void TallyBySource::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(sources().size()));
  for (const auto& [source, events] : sources()) {
    out.put_string(source);
    encode_tally(events, out);
  }
}

void TallyBySource::restore(ByteReader& in) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    EventTally& events = of(in.string());
    events.add(decode_tally(in));
  }
}

}  // namespace hapax
