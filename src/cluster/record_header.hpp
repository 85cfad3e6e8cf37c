// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// One life of a collector: drawn at random when it begins, never used again.
using CollectorId = StrongId<struct CollectorTag, std::uint64_t>;

/// A version of the settings that results depend on: 0, 1, ... as the topic of control has them.
using SettingsEpoch = StrongId<struct SettingsEpochTag, std::uint32_t>;

/// What stands beside an event in the topic of events: which collector appended it, and as which of
/// its records in that partition. Format: docs/formats/cluster.md.
struct RecordHeader {
  enum class Kind : std::uint8_t {
    kEvent = 1,
    /// No event. Says that nothing that its collector appended before it can still come, and what
    /// time it is; so it is appended now and then where there are no events.
    kFence = 2,
  };

  Kind kind = Kind::kEvent;
  CollectorId collector = {};
  std::uint64_t sequence = 0;  ///< 1 for its first event in the partition; of a fence, 0.
  SettingsEpoch epoch = {};    ///< What the event is judged under.

  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

std::string encode_header(const RecordHeader& header);
/// Errors: kCorrupt.
Result<RecordHeader> decode_header(std::string_view bytes);

/// The value of a fence: a received time, as an event of then would have it.
std::string encode_fence(ProcessingTime received_at);
/// Errors: kCorrupt.
Result<ProcessingTime> decode_fence(std::string_view bytes);

}  // namespace hapax
