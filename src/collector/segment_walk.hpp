// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "collector/refusal.hpp"
#include "collector/segment_request.hpp"

namespace hapax {

enum class BodyForm { kBatch, kSingleEvent };

/// A write key that was sent and is of no use: it must not pass for one that was not sent. No valid
/// key has a NUL.
constexpr std::string_view kUselessKey("\0", 1);

/// 413.
Refusal too_many_events(std::size_t limit);

/// Takes a well-formed Segment body apart in one pass and checks that all of its JSON is
/// well-formed: what a lazy parser would skip ends up in the log. Unknown keys are ignored, of a
/// repeated key the last counts, the order of keys does not matter. Keeps its memory from body to
/// body. Threading: one owner.
class SegmentWalk {
 public:
  SegmentWalk();
  ~SegmentWalk();

  /// Reads `json`, which is not empty and has kJsonPaddingBytes zeros behind it, into request(),
  /// valid as long as the text, and until the next call. False without a refusal(): it is damaged.
  bool read(std::string_view json, BodyForm form, std::size_t events_limit);

  SegmentRequest& request();

  /// Why the request is refused as a whole. 400: not_an_object, missing_batch; 413:
  /// too_many_events.
  const std::optional<Refusal>& refusal() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
