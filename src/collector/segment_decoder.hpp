#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "collector/refusal.hpp"
#include "collector/segment_request.hpp"

namespace hapax {

enum class BodyForm { kBatch, kSingleEvent };

/// Takes Segment bodies apart in one pass and checks that all of the JSON is well-formed: what a
/// lazy parser would skip ends up in the log. Unknown keys are ignored, of a repeated key the last
/// counts, the order of keys does not matter. Bytes that are no UTF-8, NULs and lone surrogates
/// become U+FFFD.
/// Keeps its memory from body to body. Threading: one owner.
class SegmentDecoder {
 public:
  SegmentDecoder();
  ~SegmentDecoder();

  /// Decodes `body`, which has kJsonPaddingBytes zeros behind it. The request is valid as long
  /// as the body, and until the next call.
  /// Refuses with 400: empty_body, invalid_json (also nested deeper than 500), not_an_object,
  /// missing_batch; with 413: too_many_events.
  OrRefusal<const SegmentRequest*> decode(std::string_view body, BodyForm form,
                                          std::size_t batch_events_limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
