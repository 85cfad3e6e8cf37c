// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "collector/refusal.hpp"
#include "collector/segment_request.hpp"
#include "collector/segment_walk.hpp"

namespace hapax {

/// Takes Segment bodies apart, also damaged ones: damage costs the event or the member of the batch
/// that it is in, and no other, as long as their ends can be found (json_bounds.hpp). What clients
/// send and others cannot read is put right (json_repair.hpp).
/// Keeps its memory from body to body. Threading: one owner.
class SegmentDecoder {
 public:
  SegmentDecoder();
  ~SegmentDecoder();

  /// Decodes `body`, which has kJsonPaddingBytes zeros behind it. The request is valid as long
  /// as the body, and until the next call.
  /// Refuses with 400: empty_body, invalid_json (it cannot be taken apart), not_an_object,
  /// missing_batch; with 413: too_many_events.
  OrRefusal<const SegmentRequest*> decode(std::string_view body, BodyForm form,
                                          std::size_t batch_events_limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
