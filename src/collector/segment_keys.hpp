// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "collector/segment_request.hpp"

namespace hapax {

/// What a key of a Segment body means.
enum class SegmentKey : std::uint8_t {
  kUnknown,
  kText,  // A text field; which one is beside it.
  kTimestamp,
  kOriginalTimestamp,
  kSentAt,
  kProperties,
  kContext,
  kTraits,
  kSequence,
  kWriteKey,
  kBatch,
  kNumbering,
};

/// A key and, where its value can be of the wrong kind, its field.
struct KnownSegmentKey {
  SegmentKey key = SegmentKey::kUnknown;
  SegmentEvent::Field field = SegmentEvent::kType;
};

/// The meaning of `key`, its escapes resolved.
KnownSegmentKey find_segment_key(std::string_view key);

}  // namespace hapax
