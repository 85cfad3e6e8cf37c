// SPDX-License-Identifier: Apache-2.0
#include "processing/tally_by_source.hpp"

namespace hapax {

EventTally& TallyBySource::of(std::string_view source) {
  if (last_ == nullptr || last_->first != source) {
    auto found = sources_.find(source);
    if (found == sources_.end()) {
      found = sources_.emplace(source, EventTally()).first;
    }
    last_ = &*found;
  }
  return last_->second;
}

void TallyBySource::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(sources_.size()));
  for (const auto& [source, events] : sources_) {
    out.put_string(source);
    out.put_u64(events.count);
    out.put_digest(events.digest);
  }
}

void TallyBySource::restore(ByteReader& in) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    EventTally& events = of(in.string());
    events.count += in.u64();
    events.digest.add(in.digest());
  }
}

}  // namespace hapax
