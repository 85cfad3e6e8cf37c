// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"

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
    kFence = 2,  ///< No event: says that nothing appended before it can still come.
  };

  Kind kind = Kind::kEvent;
  CollectorId collector = {};
  std::uint64_t sequence = 0;  ///< 1 for its first event in the partition; of a fence, the last.
  SettingsEpoch epoch = {};    ///< What the event is judged under.

  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

std::string encode_header(const RecordHeader& header);
/// Errors: kCorrupt.
Result<RecordHeader> decode_header(std::string_view bytes);

}  // namespace hapax
