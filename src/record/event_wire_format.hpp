// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace hapax {

/// How a field's value is laid out (protobuf.dev, "Encoding").
enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

/// Field numbers of proto/hapax/v1/event.proto.
enum Field : std::uint32_t {
  kSource = 1,
  kMessageId = 2,
  kType = 3,
  kName = 4,
  kUserId = 5,
  kAnonymousId = 6,
  kSessionId = 7,
  kSequence = 8,
  kOriginalTimestamp = 9,
  kSentAt = 10,
  kReceivedAt = 11,
  kEventTime = 12,
  kProperties = 13,
  kContext = 14,
  kTraits = 15,
  kGroupId = 16,
  kPreviousId = 17,
  kCategory = 18,
  kSchemaVersion = 19,
  kFlags = 20,
  kRejection = 21,
  kOriginalTimestampText = 22,
  kClockEpoch = 23,
  kControl = 24,
  kNumbering = 25,
};
enum RejectionField : std::uint32_t { kCode = 1, kReason = 2, kOriginal = 3 };
enum ControlField : std::uint32_t { kKind = 1, kValue = 2 };
/// From kDropped on there is one for each DropReason, in their order.
enum NumberingField : std::uint32_t { kDevice = 1, kEpoch = 2, kMade = 3, kDropped = 4 };

constexpr std::uint32_t tag(std::uint32_t field, WireType type) {
  return field << 3U | type;
}

}  // namespace hapax
