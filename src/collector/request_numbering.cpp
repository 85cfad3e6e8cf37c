// SPDX-License-Identifier: Apache-2.0
#include "collector/request_numbering.hpp"

#include "record/event_wire.hpp"

namespace hapax {

void RequestNumbering::number(const SegmentEvent& event, EventView& record) {
  const auto& sent = request_.numbering.numbering;
  if (!sent || event.sequence == 0 || event.fault) {
    return;
  }
  const bool is_anonymous_id = sent->device == record.anonymous_id;
  std::string& encoded = is_anonymous_id ? of_anonymous_id_ : with_device_;
  if (encoded.empty()) {
    NumberingView numbering = *sent;
    numbering.device = is_anonymous_id ? std::string_view() : sent->device;
    encoded = encode_numbering(numbering);
  }
  record.sequence = event.sequence;
  record.numbering = encoded;
}

}  // namespace hapax
